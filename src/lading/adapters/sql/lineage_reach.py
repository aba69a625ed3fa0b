"""Counting what images reach: repositories, and the containers that run."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeAlias

import sqlalchemy as sa

from lading.adapters.sql.connection import one_of
from lading.adapters.sql.contents_visible import container_images, visible
from lading.adapters.sql.tables.advisories import PACKAGE_MATCH
from lading.adapters.sql.tables.contents import IMAGE, SOURCE_PACKAGE
from lading.adapters.sql.tables.inventory import RUNNING_CONTAINER
from lading.adapters.sql.tables.registry import MANIFEST, REPOSITORY, REPOSITORY_MANIFEST
from lading.oci.digest import Digest
from lading.ports.records.lineage import Reach, RepositoryReach
from lading.ports.records.matches import MatchStatus

Manifests: TypeAlias = "sa.Select[tuple[Digest]] | list[Digest]"


def reach_of(connection: sa.Connection, manifests: Manifests, *, images: int | None = None) -> Reach:
    """Count these images (unless the caller knows their number), their repositories and the containers that
    run from them."""
    if isinstance(manifests, list):
        these: Any = one_of(connection, [str(manifest) for manifest in manifests])
        images = len(manifests)
    else:
        these = manifests
        if images is None:
            counted = sa.select(sa.func.count()).select_from(manifests.subquery())
            images = connection.execute(counted).scalar_one()
    where = {row.name: row for row in connection.execute(_by_repository(these))}
    running: set[int] = set()
    containers: Counter[str] = Counter()
    for row in connection.execute(_running(these)):
        running.add(row.container)
        containers[row.name] += 1
    reached = (
        RepositoryReach(name, where[name].images, containers[name], where[name].owner)
        for name in sorted(where)
    )
    return Reach(images, len(running), tuple(reached))


def running_counts(connection: sa.Connection) -> dict[Digest, int]:
    """Containers that run now, by the manifest of their image."""
    runs = container_images()
    wanted = (
        sa.select(IMAGE.c.manifest, sa.func.count().label("containers"))
        .join_from(runs, IMAGE, IMAGE.c.id == runs.c.image_id)
        .join(RUNNING_CONTAINER, RUNNING_CONTAINER.c.sequence == runs.c.container)
        .where(RUNNING_CONTAINER.c.ended_at.is_(None))
        .group_by(IMAGE.c.manifest)
    )
    return {row.manifest: row.containers for row in connection.execute(wanted)}


def affected_by(connection: sa.Connection, flaws: Iterable[str]) -> sa.Select[tuple[Digest]]:
    """Images that one of these flaws affects for sure."""
    packages = sa.select(PACKAGE_MATCH.c.package_id).where(
        PACKAGE_MATCH.c.flaw.in_(one_of(connection, sorted(set(flaws)))),
        PACKAGE_MATCH.c.status == MatchStatus.AFFECTED.value,
    )
    seen = visible(SOURCE_PACKAGE.c.package_id.in_(packages))
    return sa.select(IMAGE.c.manifest).where(IMAGE.c.id.in_(sa.select(seen.c.image_id)))


def _by_repository(these: Any) -> sa.Select[tuple[str, str, int]]:
    # Grouped by number first: names are looked up once for each repository, not for each image.
    grouped = (
        sa.select(REPOSITORY_MANIFEST.c.repository_id, sa.func.count().label("images"))
        .join_from(MANIFEST, REPOSITORY_MANIFEST, REPOSITORY_MANIFEST.c.manifest_id == MANIFEST.c.id)
        .where(MANIFEST.c.digest.in_(these))
        .group_by(REPOSITORY_MANIFEST.c.repository_id)
        .subquery()
    )
    return sa.select(REPOSITORY.c.name, REPOSITORY.c.owner, grouped.c.images).join_from(
        grouped, REPOSITORY, REPOSITORY.c.id == grouped.c.repository_id
    )


def _running(these: Any) -> sa.Select[Any]:
    """Distinct (container, repository of its image); the repository is null where it is nowhere any more."""
    runs = container_images()
    return (
        sa.select(runs.c.container, REPOSITORY.c.name)
        .join_from(runs, IMAGE, IMAGE.c.id == runs.c.image_id)
        .join(RUNNING_CONTAINER, RUNNING_CONTAINER.c.sequence == runs.c.container)
        .outerjoin(MANIFEST, MANIFEST.c.digest == IMAGE.c.manifest)
        .outerjoin(REPOSITORY_MANIFEST, REPOSITORY_MANIFEST.c.manifest_id == MANIFEST.c.id)
        .outerjoin(REPOSITORY, REPOSITORY.c.id == REPOSITORY_MANIFEST.c.repository_id)
        .where(RUNNING_CONTAINER.c.ended_at.is_(None), IMAGE.c.manifest.in_(these))
        .distinct()
    )
