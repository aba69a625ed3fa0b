"""Where manifests are, in SQL."""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection, in_batches
from lading.adapters.sql.tables.registry import (
    MANIFEST,
    MANIFEST_CHILD,
    REPOSITORY,
    REPOSITORY_MANIFEST,
    TAG,
)
from lading.oci.digest import Digest
from lading.ports.records.registry import Place


class SqlPlaces(OnConnection):
    """The part of ``RegistryRecords`` about where manifests are."""

    __slots__ = ()

    def places_of(self, manifests: Iterable[Digest]) -> Mapping[Digest, tuple[Place, ...]]:
        """Where each manifest is, with its own tags and those of indexes beside it."""
        found: dict[Digest, dict[str, set[str]]] = {}
        for batch in in_batches(set(manifests)):
            for row in self._connection.execute(_places(batch)):
                tags = found.setdefault(row.digest, {}).setdefault(row.repository, set())
                tags.update(tag for tag in (row.tag, row.index_tag) if tag is not None)
        return {
            digest: tuple(Place(name, tuple(sorted(tags))) for name, tags in sorted(places.items()))
            for digest, places in found.items()
        }


def _places(digests: list[Digest]) -> sa.Select[tuple[Digest, str, str, str]]:
    index_tag = TAG.alias("index_tag")
    indexes = sa.select(MANIFEST_CHILD.c.manifest_id, MANIFEST_CHILD.c.digest).distinct().subquery("indexes")
    here = REPOSITORY_MANIFEST.c
    return (
        sa.select(
            MANIFEST.c.digest,
            REPOSITORY.c.name.label("repository"),
            TAG.c.name.label("tag"),
            index_tag.c.name.label("index_tag"),
        )
        .join_from(REPOSITORY_MANIFEST, MANIFEST, MANIFEST.c.id == here.manifest_id)
        .join(REPOSITORY, REPOSITORY.c.id == here.repository_id)
        .outerjoin(TAG, (TAG.c.repository_id == here.repository_id) & (TAG.c.manifest_id == here.manifest_id))
        .outerjoin(indexes, indexes.c.digest == MANIFEST.c.digest)
        .outerjoin(
            index_tag,
            (index_tag.c.repository_id == here.repository_id)
            & (index_tag.c.manifest_id == indexes.c.manifest_id),
        )
        .where(MANIFEST.c.digest.in_(digests))
    )
