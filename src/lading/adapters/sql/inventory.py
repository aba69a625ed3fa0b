"""What runs where, in SQL."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection, in_batches
from lading.adapters.sql.contents_visible import container_images
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.tables.contents import IMAGE
from lading.adapters.sql.tables.inventory import CONTAINER_IMAGE, HOST, RUNNING_CONTAINER
from lading.adapters.sql.tables.use import DEPLOYED
from lading.adapters.sql.writing import insert_new, insert_one
from lading.foundation.errors import Malformed
from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.ports.records.inventory import Host, SeenContainer
from lading.ports.records.page import DEFAULT_LIMIT, Page


class SqlInventory(OnConnection):
    """See ``lading.ports.records.inventory.InventoryRecords``."""

    __slots__ = ()

    def report(self, host: Host, containers: Iterable[RunningContainer]) -> None:
        """Everything that runs on the host now; what is not in it has ended."""
        running = {container.id: container for container in containers}
        if any(container.host != host.name for container in running.values()):
            raise Malformed("report-invalid", f"a report of {host.name} is about that host only")
        if not self._is_newest(host):
            return
        known = self._known(host.name)
        unchanged: list[int] = []
        for container in running.values():
            row = known.get(container.id)
            if row is None:
                self._see_first(container, host)
            elif container_of(row) != container:
                self._see_again(row, container, host)
            else:
                unchanged.append(row.sequence)
        self._mark(unchanged, last_seen_at=host.last_seen_at)
        gone = [row.sequence for container, row in known.items() if container not in running]
        self._mark(gone, ended_at=host.last_seen_at)
        for batch in in_batches(gone):
            ended = CONTAINER_IMAGE.c.container.in_(batch)
            self._connection.execute(CONTAINER_IMAGE.delete().where(ended))

    def hosts(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Host]:
        """Hosts by name."""

        def make(row: sa.Row[Any]) -> Host:
            return Host(row.name, row.agent, row.last_seen_at)

        return fetch_page(self._connection, sa.select(HOST), (HOST.c.name,), make, after=after, limit=limit)

    def running(self, *, host: str = "", after: str = "", limit: int = DEFAULT_LIMIT) -> Page[SeenContainer]:
        """Containers that run now, by host and container."""
        wanted = sa.select(RUNNING_CONTAINER).where(RUNNING_CONTAINER.c.ended_at.is_(None))
        if host:
            wanted = wanted.where(RUNNING_CONTAINER.c.host == host)
        return self._page(wanted, after, limit)

    def running_image(
        self, digest: str, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[SeenContainer]:
        """Containers that run now from an image."""
        of_image = sa.select(CONTAINER_IMAGE.c.container).where(CONTAINER_IMAGE.c.digest == digest)
        wanted = sa.select(RUNNING_CONTAINER).where(
            RUNNING_CONTAINER.c.sequence.in_(of_image), RUNNING_CONTAINER.c.ended_at.is_(None)
        )
        return self._page(wanted, after, limit)

    def running_from(self, images: Iterable[Digest]) -> Mapping[Digest, tuple[RunningContainer, ...]]:
        """Containers that run now from each of these images."""
        found: dict[Digest, list[RunningContainer]] = {}
        for batch in in_batches(set(images)):
            runs = container_images(IMAGE.c.manifest.in_(batch))
            wanted = (
                sa.select(IMAGE.c.manifest, RUNNING_CONTAINER)
                .join_from(IMAGE, runs, runs.c.image_id == IMAGE.c.id)
                .join(RUNNING_CONTAINER, RUNNING_CONTAINER.c.sequence == runs.c.container)
                .where(RUNNING_CONTAINER.c.ended_at.is_(None))
                .order_by(RUNNING_CONTAINER.c.host, RUNNING_CONTAINER.c.container)
            )
            for row in self._connection.execute(wanted):
                found.setdefault(row.manifest, []).append(container_of(row))
        return {manifest: tuple(containers) for manifest, containers in found.items()}

    def history(self, host: str, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[SeenContainer]:
        """Containers of a host, those that ended too, by container."""
        wanted = sa.select(RUNNING_CONTAINER).where(RUNNING_CONTAINER.c.host == host)
        return self._page(wanted, after, limit)

    def _page(self, wanted: sa.Select[Any], after: str, limit: int) -> Page[SeenContainer]:
        key = (RUNNING_CONTAINER.c.host, RUNNING_CONTAINER.c.container)
        return fetch_page(self._connection, wanted, key, _seen, after=after, limit=limit)

    def _is_newest(self, host: Host) -> bool:
        """Take the host's turn: reports of one host are applied one after the other, never backwards."""
        row = {"name": host.name, "agent": host.agent, "last_seen_at": host.last_seen_at}
        insert_one(self._connection, HOST, row)
        locked = sa.select(HOST).where(HOST.c.name == host.name).with_for_update(key_share=True)
        if self._connection.execute(locked).one().last_seen_at > host.last_seen_at:
            return False
        self._connection.execute(HOST.update().where(HOST.c.name == host.name).values(row))
        return True

    def _known(self, host: str) -> dict[str, sa.Row[Any]]:
        """Containers that run as far as we know."""
        wanted = sa.select(RUNNING_CONTAINER).where(
            RUNNING_CONTAINER.c.host == host, RUNNING_CONTAINER.c.ended_at.is_(None)
        )
        return {row.container: row for row in self._connection.execute(wanted)}

    def _see_first(self, container: RunningContainer, host: Host) -> None:
        """Add it, or take it back in where it ended before and was started again."""
        row = {
            "host": host.name,
            "container": container.id,
            "document": msgspec.to_builtins(container),
            "first_seen_at": host.last_seen_at,
            "last_seen_at": host.last_seen_at,
            "ended_at": None,
        }
        insert_one(self._connection, RUNNING_CONTAINER, row)
        same = (RUNNING_CONTAINER.c.host == host.name, RUNNING_CONTAINER.c.container == container.id)
        self._see_again(
            self._connection.execute(sa.select(RUNNING_CONTAINER).where(*same)).one(), container, host
        )

    def _see_again(self, row: sa.Row[Any], container: RunningContainer, host: Host) -> None:
        this = RUNNING_CONTAINER.c.sequence == row.sequence
        self._connection.execute(
            RUNNING_CONTAINER.update()
            .where(this)
            .values(document=msgspec.to_builtins(container), last_seen_at=host.last_seen_at, ended_at=None)
        )
        digests = {container.image_id, *(name.rpartition("@")[2] for name in container.manifest_digests)}
        stale = CONTAINER_IMAGE.c.container == row.sequence, CONTAINER_IMAGE.c.digest.not_in(digests)
        self._connection.execute(CONTAINER_IMAGE.delete().where(*stale))
        images = [{"container": row.sequence, "digest": digest} for digest in sorted(digests)]
        insert_new(self._connection, CONTAINER_IMAGE, images)
        insert_new(self._connection, DEPLOYED, [{"digest": digest} for digest in sorted(digests)])

    def _mark(self, sequences: Iterable[int], **values: datetime) -> None:
        for batch in in_batches(sequences):
            these = RUNNING_CONTAINER.update().where(RUNNING_CONTAINER.c.sequence.in_(batch))
            self._connection.execute(these.values(values))


def container_of(row: sa.Row[Any]) -> RunningContainer:
    """Read a row's container back."""
    return msgspec.convert(row.document, RunningContainer)


def _seen(row: sa.Row[Any]) -> SeenContainer:
    return SeenContainer(container_of(row), row.first_seen_at, row.last_seen_at, row.ended_at)
