"""What is used, in SQL."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from lading.adapters.sql.columns import AnyText
from lading.adapters.sql.connection import OnConnection, in_batches, one_of
from lading.adapters.sql.inventory import container_of
from lading.adapters.sql.server_state import SqlServerState
from lading.adapters.sql.tables.contents import IMAGE
from lading.adapters.sql.tables.inventory import CONTAINER_IMAGE, RUNNING_CONTAINER
from lading.adapters.sql.tables.registry import (
    MANIFEST,
    MANIFEST_BLOB,
    MANIFEST_CHILD,
    REPOSITORY,
    REPOSITORY_MANIFEST,
)
from lading.adapters.sql.tables.use import DEPLOYED, PULL
from lading.adapters.sql.writing import insert_one
from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.registry.pulls import Pulls
from lading.registry.retention import ManifestFacts

_SINCE = "pulls.since"


class SqlUse(OnConnection):
    """See ``lading.ports.records.use.UseRecords``."""

    __slots__ = ()

    def note_pulls(self, pulls: Mapping[tuple[str, str], Pulls], *, at: datetime) -> None:
        """Add pulls."""
        SqlServerState(self._connection).keep_first(_SINCE, at.isoformat())
        names = sorted({repository for repository, _ in pulls})
        ids: dict[str, int] = {}
        for batch in in_batches(names):
            wanted = sa.select(REPOSITORY.c.name, REPOSITORY.c.id).where(REPOSITORY.c.name.in_(batch))
            ids.update((row.name, row.id) for row in self._connection.execute(wanted))
        # In order, so that two servers that write at once do not wait for each other in a ring.
        for (repository, name), counted in sorted(pulls.items(), key=lambda item: item[0]):
            repository_id = ids.get(repository)
            if repository_id is None:  # it is gone since
                continue
            row = {"repository_id": repository_id, "name": name}
            if not insert_one(
                self._connection, PULL, {**row, "last_at": counted.last_at, "number": counted.number}
            ):
                here = (PULL.c.repository_id == repository_id, PULL.c.name == name)
                added = {"last_at": counted.last_at, "number": PULL.c.number + counted.number}
                self._connection.execute(PULL.update().where(*here).values(added))

    def pulls(self, repository: str) -> Mapping[str, Pulls]:
        """Every name of the repository that was ever pulled."""
        wanted = (
            sa.select(PULL.c.name, PULL.c.last_at, PULL.c.number)
            .join_from(PULL, REPOSITORY)
            .where(REPOSITORY.c.name == repository)
        )
        return {row.name: Pulls(row.last_at, row.number) for row in self._connection.execute(wanted)}

    def pulls_since(self) -> datetime | None:
        """Since when pulls are recorded."""
        since = SqlServerState(self._connection).value(_SINCE)
        return None if since is None else datetime.fromisoformat(since)

    def deployments_since(self) -> datetime | None:
        """Since when agents report what runs."""
        first = sa.select(sa.func.min(RUNNING_CONTAINER.c.first_seen_at))
        found: datetime | None = self._connection.execute(first).scalar_one_or_none()
        return found

    def deployed(self, digests: Iterable[Digest]) -> frozenset[Digest]:
        """Those that a container was ever seen to run; an engine may know only the digest of the config."""
        found: set[Digest] = set()
        for batch in in_batches({str(digest) for digest in digests}):
            by_manifest = sa.select(DEPLOYED.c.digest).where(DEPLOYED.c.digest.in_(batch))
            found.update(Digest.parse(text) for text in self._connection.execute(by_manifest).scalars())
            config = sa.type_coerce(IMAGE.c.config, AnyText())
            by_config = (
                sa.select(IMAGE.c.manifest)
                .join(DEPLOYED, DEPLOYED.c.digest == config)
                .where(sa.type_coerce(IMAGE.c.manifest, AnyText()).in_(batch))
            )
            found.update(self._connection.execute(by_config).scalars())
        return frozenset(found)

    def running_as(self, digests: Iterable[Digest]) -> Mapping[Digest, tuple[RunningContainer, ...]]:
        """Containers that run now, by the digest that their engine knows."""
        found: dict[Digest, list[RunningContainer]] = {}
        for batch in in_batches({str(digest) for digest in digests}):
            wanted = (
                sa.select(CONTAINER_IMAGE.c.digest.label("known_as"), RUNNING_CONTAINER)
                .join_from(
                    CONTAINER_IMAGE,
                    RUNNING_CONTAINER,
                    RUNNING_CONTAINER.c.sequence == CONTAINER_IMAGE.c.container,
                )
                .where(CONTAINER_IMAGE.c.digest.in_(batch), RUNNING_CONTAINER.c.ended_at.is_(None))
                .order_by(RUNNING_CONTAINER.c.sequence)
            )
            for row in self._connection.execute(wanted):
                found.setdefault(Digest.parse(row.known_as), []).append(container_of(row))
        return {digest: tuple(containers) for digest, containers in found.items()}

    def shape(self, repository: str) -> Mapping[Digest, ManifestFacts]:
        """Every manifest of the repository with what it lists here."""
        here = (
            sa.select(MANIFEST.c.id, MANIFEST.c.digest, MANIFEST.c.subject, REPOSITORY_MANIFEST.c.pushed_at)
            .join_from(REPOSITORY_MANIFEST, MANIFEST, MANIFEST.c.id == REPOSITORY_MANIFEST.c.manifest_id)
            .join(REPOSITORY, REPOSITORY.c.id == REPOSITORY_MANIFEST.c.repository_id)
            .where(REPOSITORY.c.name == repository)
        )
        rows = self._connection.execute(here).all()
        listed = sa.select(MANIFEST_CHILD.c.manifest_id, MANIFEST_CHILD.c.digest).where(
            MANIFEST_CHILD.c.manifest_id.in_(here.with_only_columns(MANIFEST.c.id))
        )
        children: dict[int, list[Digest]] = {}
        for row in self._connection.execute(listed.order_by(MANIFEST_CHILD.c.position)):
            children.setdefault(row.manifest_id, []).append(row.digest)
        return {
            row.digest: ManifestFacts(
                row.digest, row.pushed_at, subject=row.subject, children=tuple(children.get(row.id, ()))
            )
            for row in rows
        }

    def freed_with(self, repository: str, manifests: Iterable[Digest]) -> int:
        """Bytes of blobs that only these manifests of this repository list."""
        going = [str(digest) for digest in manifests]
        mine = sa.and_(
            REPOSITORY.c.name == repository,
            sa.type_coerce(MANIFEST.c.digest, AnyText()).in_(one_of(self._connection, going)),
        )
        lists = (
            sa.select(MANIFEST_BLOB.c.digest, MANIFEST_BLOB.c.size)
            .join_from(MANIFEST_BLOB, MANIFEST, MANIFEST.c.id == MANIFEST_BLOB.c.manifest_id)
            .join(REPOSITORY_MANIFEST, REPOSITORY_MANIFEST.c.manifest_id == MANIFEST.c.id)
            .join(REPOSITORY, REPOSITORY.c.id == REPOSITORY_MANIFEST.c.repository_id)
        )
        sizes = {row.digest: row.size for row in self._connection.execute(lists.where(mine))}
        for batch in in_batches(sorted(sizes, key=str)):
            others = lists.where(MANIFEST_BLOB.c.digest.in_(batch), sa.not_(mine))
            for row in self._connection.execute(others):
                sizes.pop(row.digest, None)
        return sum(sizes.values())
