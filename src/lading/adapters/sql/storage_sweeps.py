"""Finding and removing what nobody needs, in SQL."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection, in_batches
from lading.adapters.sql.gates import close_gates
from lading.adapters.sql.paging import format_key, parse_key
from lading.adapters.sql.registry_repositories import note_change
from lading.adapters.sql.tables.contents import (
    IMAGE_LAYER,
    LAYER,
    LAYER_FILES,
    PACKAGE_SOURCE,
    SOURCE_PACKAGE,
)
from lading.adapters.sql.tables.registry import (
    MANIFEST_BLOB,
    REPOSITORY,
    REPOSITORY_BLOB,
    REPOSITORY_MANIFEST,
)
from lading.oci.digest import Digest
from lading.ports.records.storage import Freeable, Link, LinksScanned

_KEY = (REPOSITORY_BLOB.c.repository_id, REPOSITORY_BLOB.c.digest)
# A manifest of the same repository lists the blob.
LISTED = (
    sa.select(sa.literal(1))
    .select_from(
        MANIFEST_BLOB.join(
            REPOSITORY_MANIFEST, REPOSITORY_MANIFEST.c.manifest_id == MANIFEST_BLOB.c.manifest_id
        )
    )
    .where(
        MANIFEST_BLOB.c.digest == REPOSITORY_BLOB.c.digest,
        REPOSITORY_MANIFEST.c.repository_id == REPOSITORY_BLOB.c.repository_id,
    )
    .correlate(REPOSITORY_BLOB)
    .exists()
)
# No image has it, and none that is being analysed may come to have it.
_UNUSED = sa.and_(
    ~sa.exists().where(IMAGE_LAYER.c.layer_id == LAYER.c.id),
    LAYER.c.diff_id.not_in(sa.select(IMAGE_LAYER.c.diff_id).where(IMAGE_LAYER.c.layer_id.is_(None))),
)


class SqlSweeps(OnConnection):
    """The part of ``StorageRecords`` about what is needed and what is not."""

    __slots__ = ()

    def scan_links(self, *, claimed_before: datetime, after: str, limit: int) -> LinksScanned:
        """Look at a stretch of all links."""
        keys = sa.select(*_KEY).order_by(*_KEY).limit(limit)
        if after:
            keys = keys.where(sa.tuple_(*_KEY) > sa.tuple_(*map(sa.literal, parse_key(after, _KEY))))
        stretch = self._connection.execute(keys).all()
        if not stretch:
            return LinksScanned((), 0, "")
        first, last = (
            sa.tuple_(sa.literal(row[0]), sa.literal(str(row[1]))) for row in (stretch[0], stretch[-1])
        )
        wanted = (
            sa.select(REPOSITORY.c.name, REPOSITORY_BLOB.c.digest, REPOSITORY_BLOB.c.size)
            .join_from(REPOSITORY_BLOB, REPOSITORY)
            .where(
                sa.tuple_(*_KEY) >= first,
                sa.tuple_(*_KEY) <= last,
                REPOSITORY_BLOB.c.claimed_at < claimed_before,
                ~LISTED,
            )
        )
        found = tuple(Link(row.name, row.digest, row.size) for row in self._connection.execute(wanted))
        return LinksScanned(found, len(stretch), format_key(stretch[-1]) if len(stretch) == limit else "")

    def sweep_links(self, links: Iterable[Link], *, claimed_before: datetime) -> tuple[Link, ...]:
        """Remove those that are still unneeded (rule C4)."""
        by_repository: dict[str, dict[Digest, Link]] = {}
        for link in links:
            by_repository.setdefault(link.repository, {})[link.digest] = link
        gone: list[Link] = []
        for repository, wanted in sorted(by_repository.items()):
            row = sa.select(REPOSITORY.c.id).where(REPOSITORY.c.name == repository)
            repository_id = self._connection.execute(row).scalar_one_or_none()
            for batch in in_batches(sorted(wanted, key=str)):
                here = (REPOSITORY_BLOB.c.repository_id == repository_id, REPOSITORY_BLOB.c.digest.in_(batch))
                # First the rows are held, then another statement looks: it sees what was committed by whoever
                # held them before. One statement alone would judge by what it saw when it began.
                held = sa.select(REPOSITORY_BLOB.c.digest).where(*here).order_by(REPOSITORY_BLOB.c.digest)
                self._connection.execute(held.with_for_update()).all()
                unneeded = (*here, REPOSITORY_BLOB.c.claimed_at < claimed_before, ~LISTED)
                swept = REPOSITORY_BLOB.delete().where(*unneeded).returning(REPOSITORY_BLOB.c.digest)
                found = [wanted[digest] for digest in self._connection.execute(swept).scalars()]
                if found:
                    note_change(self._connection, repository)
                gone.extend(found)
        return tuple(gone)

    def unlinked(self, digests: Iterable[Digest]) -> tuple[Digest, ...]:
        """Those of the digests that no repository has linked."""
        wanted = tuple(dict.fromkeys(digests))
        linked: set[Digest] = set()
        for batch in in_batches(wanted):
            known = sa.select(REPOSITORY_BLOB.c.digest).distinct().where(REPOSITORY_BLOB.c.digest.in_(batch))
            linked.update(self._connection.execute(known).scalars())
        return tuple(digest for digest in wanted if digest not in linked)

    def hold_unlinked(self, digests: Iterable[Digest]) -> tuple[Digest, ...]:
        """Close the gates, then look (rule C5)."""
        wanted = tuple(digests)
        close_gates(self._connection, wanted)
        return self.unlinked(wanted)

    def freeable(self, *, claimed_before: datetime) -> tuple[Freeable, ...]:
        """What sweeping all unneeded links would free."""
        unneeded = (
            sa.select(REPOSITORY_BLOB)
            .where(REPOSITORY_BLOB.c.claimed_at < claimed_before, ~LISTED)
            .cte("unneeded")
        )
        every = sa.select(sa.func.count()).where(REPOSITORY_BLOB.c.digest == unneeded.c.digest)
        # Content goes with its last link, and is counted for the first of the repositories that give it up.
        going = (
            sa.select(
                sa.func.min(unneeded.c.repository_id).label("repository_id"),
                sa.func.max(unneeded.c.size).label("size"),
            )
            .group_by(unneeded.c.digest)
            .having(sa.func.count() == every.scalar_subquery())
            .subquery("going")
        )
        freed = (
            sa.select(going.c.repository_id, sa.func.sum(going.c.size).label("freed"))
            .group_by(going.c.repository_id)
            .subquery("freed")
        )
        links = (
            sa.select(unneeded.c.repository_id, sa.func.count().label("links"))
            .group_by(unneeded.c.repository_id)
            .subquery("links")
        )
        wanted = (
            sa.select(REPOSITORY.c.name, links.c.links, sa.func.coalesce(freed.c.freed, 0).label("freed"))
            .join_from(links, REPOSITORY, REPOSITORY.c.id == links.c.repository_id)
            .outerjoin(freed, freed.c.repository_id == links.c.repository_id)
        )
        rows = [Freeable(row.name, row.links, int(row.freed)) for row in self._connection.execute(wanted)]
        return tuple(sorted(rows, key=lambda each: (-each.freed, each.repository)))

    def sweep_analyses(self, *, limit: int) -> int:
        """Forget analyses of layers that no image has."""
        wanted = sa.select(LAYER.c.id).where(_UNUSED).order_by(LAYER.c.id).limit(limit)
        layers = list(self._connection.execute(wanted).scalars())
        for batch in in_batches(layers):
            sources = sa.select(PACKAGE_SOURCE.c.id).where(PACKAGE_SOURCE.c.layer_id.in_(batch))
            self._connection.execute(SOURCE_PACKAGE.delete().where(SOURCE_PACKAGE.c.source_id.in_(sources)))
            self._connection.execute(PACKAGE_SOURCE.delete().where(PACKAGE_SOURCE.c.layer_id.in_(batch)))
            self._connection.execute(LAYER.delete().where(LAYER.c.id.in_(batch)))
        self._sweep_file_lists()
        return len(layers)

    def _sweep_file_lists(self) -> None:
        same = [LAYER.c[name] == LAYER_FILES.c[name] for name in ("diff_id", "analyser", "blob")]
        under_way = sa.select(IMAGE_LAYER.c.diff_id).where(IMAGE_LAYER.c.layer_id.is_(None))
        unused = (~sa.exists().where(*same), LAYER_FILES.c.diff_id.not_in(under_way))
        self._connection.execute(LAYER_FILES.delete().where(*unused))

    def unused_analyses(self) -> int:
        """How many analyses of layers no image has."""
        counted = sa.select(sa.func.count()).select_from(LAYER).where(_UNUSED)
        return int(self._connection.execute(counted).scalar_one())
