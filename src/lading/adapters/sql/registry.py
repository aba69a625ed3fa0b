"""Everything about the registry in SQL, and its images as lists show them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.registry_blobs import SqlBlobMemberships
from lading.adapters.sql.registry_manifests import SqlManifests
from lading.adapters.sql.registry_places import SqlPlaces
from lading.adapters.sql.registry_tags import SqlTags
from lading.adapters.sql.tables.contents import IMAGE
from lading.adapters.sql.tables.registry import (
    MANIFEST,
    MANIFEST_CHILD,
    REPOSITORY,
    REPOSITORY_MANIFEST,
    TAG,
)
from lading.oci.descriptor import Platform
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.registry import ImageListing

_CHILD = MANIFEST.alias("child")
_CHILD_BYTES = (
    sa.select(sa.func.sum(_CHILD.c.blob_bytes))
    .join_from(MANIFEST_CHILD, _CHILD, _CHILD.c.digest == MANIFEST_CHILD.c.digest)
    .where(MANIFEST_CHILD.c.manifest_id == MANIFEST.c.id)
    .scalar_subquery()
)


class SqlRegistry(SqlManifests, SqlTags, SqlBlobMemberships, SqlPlaces):
    """See ``lading.ports.records.registry.RegistryRecords``."""

    __slots__ = ()

    def images(
        self, *, repository: str = "", after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[ImageListing]:
        """Images and indexes, newest first, of one repository or of all."""
        wanted = (
            sa.select(
                REPOSITORY_MANIFEST,
                REPOSITORY.c.name.label("repository"),
                MANIFEST.c.digest,
                MANIFEST.c.kind,
                IMAGE.c.os,
                IMAGE.c.architecture,
                IMAGE.c.variant,
                sa.case((MANIFEST.c.kind == "index", _CHILD_BYTES), else_=MANIFEST.c.blob_bytes).label(
                    "bytes"
                ),
            )
            .join_from(REPOSITORY_MANIFEST, REPOSITORY)
            .join(MANIFEST, MANIFEST.c.id == REPOSITORY_MANIFEST.c.manifest_id)
            .outerjoin(IMAGE, IMAGE.c.manifest == MANIFEST.c.digest)
            .where(MANIFEST.c.kind.in_(("image", "index")))
        )
        if repository:
            wanted = wanted.where(REPOSITORY.c.name == repository)
        key = (REPOSITORY_MANIFEST.c.sequence,)
        page = fetch_page(
            self._connection, wanted, key, lambda row: row, after=after, limit=limit, descending=True
        )
        tags, platforms = self._tags_of_rows(page.items), self._platforms_of_rows(page.items)
        return Page(
            tuple(
                ImageListing(
                    repository=row.repository,
                    digest=row.digest,
                    kind=row.kind,
                    media_type=row.media_type,
                    tags=tuple(tags.get((row.repository_id, row.manifest_id), ())),
                    platform=", ".join(platforms.get(row.manifest_id, ())) or _platform(row),
                    size=int(row.bytes or 0),
                    pushed_at=row.pushed_at,
                    pushed_by=row.pushed_by,
                )
                for row in page.items
            ),
            page.next,
        )

    def _tags_of_rows(self, rows: Sequence[sa.Row[Any]]) -> dict[tuple[int, int], list[str]]:
        wanted = (
            sa.select(TAG.c.repository_id, TAG.c.manifest_id, TAG.c.name)
            .where(
                TAG.c.manifest_id.in_({row.manifest_id for row in rows}),
                TAG.c.repository_id.in_({row.repository_id for row in rows}),
            )
            .order_by(TAG.c.name)
        )
        names: dict[tuple[int, int], list[str]] = {}
        for row in self._connection.execute(wanted):
            names.setdefault((row.repository_id, row.manifest_id), []).append(row.name)
        return names

    def _platforms_of_rows(self, rows: Sequence[sa.Row[Any]]) -> dict[int, list[str]]:
        wanted = (
            sa.select(MANIFEST_CHILD.c.manifest_id, MANIFEST_CHILD.c.platform)
            .where(
                MANIFEST_CHILD.c.manifest_id.in_({row.manifest_id for row in rows if row.kind == "index"}),
                # Attestations of BuildKit are listed beside images, for a platform that does not exist.
                MANIFEST_CHILD.c.platform.not_in(("", "unknown/unknown")),
            )
            .order_by(MANIFEST_CHILD.c.manifest_id, MANIFEST_CHILD.c.position)
        )
        found: dict[int, list[str]] = {}
        for row in self._connection.execute(wanted):
            found.setdefault(row.manifest_id, []).append(row.platform)
        return found


def _platform(row: sa.Row[Any]) -> str:
    return str(Platform(row.os, row.architecture, row.variant)) if row.os else ""
