"""Who keeps how much, in SQL. Sums are computed when they are asked for: they cannot drift."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.columns import AnyText
from lading.adapters.sql.connection import OnConnection, may_write
from lading.adapters.sql.paging import starts_with
from lading.adapters.sql.tables.lineage import LINEAGE_IMAGE, LINEAGE_PREFIX
from lading.adapters.sql.tables.registry import (
    MANIFEST,
    MANIFEST_BLOB,
    REPOSITORY,
    REPOSITORY_BLOB,
    REPOSITORY_MANIFEST,
)
from lading.adapters.sql.tables.usage import QUOTA
from lading.adapters.sql.tables.use import PULL
from lading.adapters.sql.writing import upsert
from lading.oci.digest import Digest
from lading.ports.records.usage import BaseUsage, ImageUsage, ProjectUsage
from lading.registry.quotas import Kept, Quota, projects_of


class SqlUsage(OnConnection):
    """See ``lading.ports.records.usage.UsageRecords``."""

    __slots__ = ()

    def set_quota(self, quota: Quota) -> None:
        """Keep a quota."""
        row = {
            "project": quota.project,
            "most_bytes": quota.most_bytes,
            "most_artifacts": quota.most_artifacts,
            "made_at": quota.made_at,
            "made_by": quota.made_by,
        }
        upsert(self._connection, QUOTA, row)

    def remove_quota(self, project: str) -> bool:
        """Take a quota away."""
        return self._connection.execute(QUOTA.delete().where(QUOTA.c.project == project)).rowcount > 0

    def quotas(self) -> tuple[Quota, ...]:
        """All quotas, by project."""
        return self._found(sa.select(QUOTA).order_by(QUOTA.c.project))

    def hold_quotas(self, repository: str) -> tuple[Quota, ...]:
        """The quotas that a repository counts for."""
        wanted = (
            sa.select(QUOTA).where(QUOTA.c.project.in_(projects_of(repository))).order_by(QUOTA.c.project)
        )
        return self._found(wanted.with_for_update() if may_write(self._connection) else wanted)

    def kept(self, project: str) -> Kept:
        """What a project keeps now."""
        return Kept(self._sum(_unique(project)), self._count(_pushed(project)))

    def projects(self) -> tuple[str, ...]:
        """The first parts of all repositories' names."""
        found: list[str] = []
        while True:  # from one project to the next: repositories may be many, projects are few
            wanted = sa.select(sa.func.min(REPOSITORY.c.name))
            if found:
                # "/" comes before "0": beyond that is what neither is the last project nor lies below it.
                beyond = sa.and_(REPOSITORY.c.name > found[-1], sa.not_(_in_project(found[-1])))
                wanted = wanted.where(beyond)
            name = self._connection.execute(wanted).scalar_one_or_none()
            if name is None:
                return tuple(found)
            found.append(name.partition("/")[0])

    def usage(self, project: str) -> ProjectUsage:
        """All sums of one project."""
        others = (
            sa.select(sa.literal(1))
            .select_from(_OTHER.join(_ELSEWHERE, _ELSEWHERE.c.id == _OTHER.c.repository_id))
            .where(_OTHER.c.digest == REPOSITORY_BLOB.c.digest, sa.not_(_in_project(project, _ELSEWHERE)))
            .correlate(REPOSITORY_BLOB)
        )
        pushed = _pushed(project)
        logical = sa.select(sa.func.coalesce(sa.func.sum(pushed.c.blob_bytes), 0)).select_from(pushed)
        pulled = sa.exists().where(
            PULL.c.repository_id == pushed.c.repository_id,
            PULL.c.name == sa.type_coerce(pushed.c.digest, AnyText()),
        )
        never = sa.select(sa.func.count()).select_from(pushed).where(~pulled)
        repositories = sa.select(sa.func.count()).select_from(REPOSITORY).where(_in_project(project))
        return ProjectUsage(
            project=project,
            repositories=int(self._connection.execute(repositories).scalar_one()),
            artifacts=self._count(pushed),
            logical=int(self._connection.execute(logical).scalar_one()),
            unique=self._sum(_unique(project)),
            alone=self._sum(_unique(project, ~others.exists())),
            never_pulled=int(self._connection.execute(never).scalar_one()),
        )

    def image_usage(self, project: str, *, limit: int) -> tuple[ImageUsage, ...]:
        """Artifacts with the most bytes of their own."""
        lone = (
            sa.select(
                sa.func.min(MANIFEST_BLOB.c.manifest_id).label("manifest_id"),
                sa.func.max(MANIFEST_BLOB.c.size).label("size"),
            )
            .group_by(MANIFEST_BLOB.c.digest)
            .having(sa.func.count() == 1)
            .subquery()
        )
        alone = (
            sa.select(lone.c.manifest_id, sa.func.sum(lone.c.size).label("bytes"))
            .group_by(lone.c.manifest_id)
            .subquery()
        )
        own = sa.func.coalesce(alone.c.bytes, 0)
        wanted = (
            sa.select(REPOSITORY.c.name, MANIFEST.c.digest, MANIFEST.c.blob_bytes, own.label("alone"))
            .join_from(
                REPOSITORY_MANIFEST, REPOSITORY, REPOSITORY.c.id == REPOSITORY_MANIFEST.c.repository_id
            )
            .join(MANIFEST, MANIFEST.c.id == REPOSITORY_MANIFEST.c.manifest_id)
            .outerjoin(alone, alone.c.manifest_id == MANIFEST.c.id)
            .order_by(own.desc(), MANIFEST.c.blob_bytes.desc(), REPOSITORY.c.name, MANIFEST.c.digest)
            .limit(limit)
        )
        if project:
            wanted = wanted.where(_in_project(project))
        return tuple(
            ImageUsage(row.name, row.digest, int(row.blob_bytes), int(row.alone))
            for row in self._connection.execute(wanted)
        )

    def base_usage(self, bases: Mapping[Digest, int]) -> tuple[BaseUsage, ...]:
        """What bases and the images on them keep."""
        return tuple(self._base_usage(base, images) for base, images in bases.items())

    def _base_usage(self, base: Digest, images: int) -> BaseUsage:
        own = (
            sa.select(MANIFEST_BLOB.c.digest, MANIFEST_BLOB.c.size)
            .join_from(MANIFEST, MANIFEST_BLOB, MANIFEST_BLOB.c.manifest_id == MANIFEST.c.id)
            .where(MANIFEST.c.digest == base)
        )
        top = sa.select(LINEAGE_IMAGE.c.top).where(LINEAGE_IMAGE.c.manifest == base).scalar_subquery()
        added = (
            sa.select(MANIFEST_BLOB.c.digest, sa.func.max(MANIFEST_BLOB.c.size).label("size"))
            .join_from(LINEAGE_PREFIX, LINEAGE_IMAGE, LINEAGE_IMAGE.c.id == LINEAGE_PREFIX.c.image_id)
            .join(MANIFEST, MANIFEST.c.digest == LINEAGE_IMAGE.c.manifest)
            .join(MANIFEST_BLOB, MANIFEST_BLOB.c.manifest_id == MANIFEST.c.id)
            .where(
                LINEAGE_PREFIX.c.chain == top,
                MANIFEST_BLOB.c.digest.not_in(own.with_only_columns(MANIFEST_BLOB.c.digest)),
            )
            .group_by(MANIFEST_BLOB.c.digest)
            .subquery()
        )
        return BaseUsage(base, images, self._sum(own.subquery()), self._sum(added))

    def _found(self, wanted: sa.Select[Any]) -> tuple[Quota, ...]:
        return tuple(
            Quota(row.project, row.most_bytes, row.most_artifacts, row.made_at, row.made_by)
            for row in self._connection.execute(wanted)
        )

    def _sum(self, sizes: sa.Subquery) -> int:
        total = sa.select(sa.func.coalesce(sa.func.sum(sizes.c.size), 0)).select_from(sizes)
        return int(self._connection.execute(total).scalar_one())

    def _count(self, rows: sa.Subquery) -> int:
        return int(self._connection.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one())


_OTHER = REPOSITORY_BLOB.alias("other_blob")
_ELSEWHERE = REPOSITORY.alias("elsewhere")


def _in_project(project: str, repository: sa.FromClause = REPOSITORY) -> sa.ColumnElement[bool]:
    name = repository.c.name
    return sa.or_(name == project, starts_with(name, f"{project}/"))


def _unique(project: str, *more: sa.ColumnElement[bool]) -> sa.Subquery:
    """The distinct blobs of a project."""
    return (
        sa.select(REPOSITORY_BLOB.c.digest, sa.func.max(REPOSITORY_BLOB.c.size).label("size"))
        .join_from(REPOSITORY_BLOB, REPOSITORY)
        .where(_in_project(project), *more)
        .group_by(REPOSITORY_BLOB.c.digest)
        .subquery()
    )


def _pushed(project: str) -> sa.Subquery:
    """The manifests of a project, in each repository."""
    return (
        sa.select(REPOSITORY_MANIFEST.c.repository_id, MANIFEST.c.digest, MANIFEST.c.blob_bytes)
        .join_from(REPOSITORY_MANIFEST, REPOSITORY, REPOSITORY.c.id == REPOSITORY_MANIFEST.c.repository_id)
        .join(MANIFEST, MANIFEST.c.id == REPOSITORY_MANIFEST.c.manifest_id)
        .where(_in_project(project))
        .subquery()
    )
