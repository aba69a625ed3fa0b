"""Which images show some packages: the question behind every "who has it".

1. All images are found first, as numbers, from the packages through the layers that have them: that is little
   work for each, and gives the whole count.
2. Only what a page shows is looked up in full.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.connection import one_of_numbers
from lading.adapters.sql.contents_packages import package_of
from lading.adapters.sql.contents_scope import RunningAt, in_scope, narrowed
from lading.adapters.sql.contents_visible import HIDDEN, container_images, first_layers, visible
from lading.adapters.sql.paging import fetch_page, format_key, parse_key
from lading.adapters.sql.tables.contents import (
    IMAGE,
    IMAGE_LAYER,
    PACKAGE,
    PACKAGE_SOURCE,
    SOURCE_PACKAGE,
)
from lading.adapters.sql.tables.inventory import RUNNING_CONTAINER
from lading.adapters.sql.tables.registry import MANIFEST, REPOSITORY, REPOSITORY_MANIFEST
from lading.packages.package import Package
from lading.ports.records.contents import EVERYWHERE, AnalysisState, ImageScope, PackageUse, Reach, Uses
from lading.ports.records.page import MAX_LIMIT, Page


def holders_of_layers(
    connection: sa.Connection, paths: Mapping[int, str], within: ImageScope, *, after: str, limit: int
) -> Uses:
    """Images that have one of these layers, each with the path of what is looked for in it."""
    having = IMAGE_LAYER.c.layer_id.in_(one_of_numbers(connection, paths))
    found = sorted(connection.execute(sa.select(IMAGE_LAYER.c.image_id).where(having).distinct()).scalars())
    image_ids = narrowed(connection, found, within)
    wanted = (
        sa.select(IMAGE_LAYER.c.image_id, IMAGE_LAYER.c.position, IMAGE_LAYER.c.layer_id, IMAGE.c.manifest)
        .join_from(IMAGE_LAYER, IMAGE, IMAGE.c.id == IMAGE_LAYER.c.image_id)
        .where(having, IMAGE_LAYER.c.image_id.in_(one_of_numbers(connection, image_ids)))
    )
    page = fetch_page(
        connection,
        wanted,
        (IMAGE_LAYER.c.image_id, IMAGE_LAYER.c.position),
        lambda row: PackageUse(row.manifest, _NO_PACKAGE, paths[row.layer_id], row.position),
        after=after,
        limit=limit,
    )
    return Uses(page, Reach(len(image_ids), _containers(connection, image_ids, within)))


def all_within(connection: sa.Connection, within: ImageScope, *, after: str, limit: int) -> Uses:
    """All images of a scope that were analysed."""
    these = (
        IMAGE.c.analysis_state == AnalysisState.DONE.value,
        *in_scope(connection, within),
    )
    page = fetch_page(
        connection,
        sa.select(IMAGE.c.manifest).where(*these),
        (IMAGE.c.id,),
        lambda row: PackageUse(row.manifest, _NO_PACKAGE, "", 0),
        after=after,
        limit=limit,
    )
    image_ids = sorted(connection.execute(sa.select(IMAGE.c.id).where(*these)).scalars())
    return Uses(page, Reach(len(image_ids), _containers(connection, image_ids, within)))


def _containers(connection: sa.Connection, image_ids: Sequence[int], within: ImageScope) -> int:
    if within.at is not None:
        return RunningAt(connection, within.at).count(image_ids)
    return count_containers(connection, image_ids)


_NO_PACKAGE = Package("", "", "", "")


_SHOWING = (
    sa.select(IMAGE_LAYER.c.image_id)
    .join_from(SOURCE_PACKAGE, PACKAGE_SOURCE)
    .join(IMAGE_LAYER, IMAGE_LAYER.c.layer_id == PACKAGE_SOURCE.c.layer_id)
    .where(~HIDDEN)
)


def is_shown(package_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether any image shows the package of another query's row: the first that is found is enough."""
    return _SHOWING.where(SOURCE_PACKAGE.c.package_id == package_id).exists()


class Holders:
    """Images in which some packages are visible."""

    def __init__(
        self, connection: sa.Connection, package_ids: Sequence[int], within: ImageScope = EVERYWHERE
    ) -> None:
        self._connection = connection
        self._within = within
        self._package_ids = package_ids
        self.image_ids = self._find_images()

    def reach(self) -> Reach:
        """How many images there are, and how many containers run from them."""
        containers = _containers(self._connection, self.image_ids, self._within)
        return Reach(len(self.image_ids), containers)

    def repositories(self) -> tuple[str, ...]:
        """The repositories that have one of them, by name."""
        wanted = (
            sa.select(REPOSITORY.c.name)
            .join_from(IMAGE, MANIFEST, MANIFEST.c.digest == IMAGE.c.manifest)
            .join(REPOSITORY_MANIFEST, REPOSITORY_MANIFEST.c.manifest_id == MANIFEST.c.id)
            .join(REPOSITORY, REPOSITORY.c.id == REPOSITORY_MANIFEST.c.repository_id)
            .where(IMAGE.c.id.in_(one_of_numbers(self._connection, self.image_ids)))
            .distinct()
        )
        return tuple(sorted(self._connection.execute(wanted).scalars()))

    def uses(self, *, after: str, limit: int) -> Page[PackageUse]:
        """What the images show, by image, package and path."""
        size = max(1, min(limit, MAX_LIMIT))
        seen = visible(IMAGE_LAYER.c.image_id == 0)  # for its columns
        key = (seen.c.image_id, seen.c.package_id, seen.c.path)
        last = parse_key(after, key) if after else None
        first = bisect_left(self.image_ids, int(last[0])) if last else 0
        rows = self._rows(self.image_ids[first : first + size + 1])
        if last:
            rows = [row for row in rows if (row.image_id, row.package_id, row.path) > last]
        page, more = rows[:size], len(rows) > size
        layers = first_layers(self._connection, page)
        uses = tuple(
            PackageUse(
                row.manifest, package_of(row), row.path, layers[row.image_id, row.package_id, row.path]
            )
            for row in page
        )
        end = format_key((page[-1].image_id, page[-1].package_id, page[-1].path)) if more else ""
        return Page(uses, end)

    def _rows(self, image_ids: Sequence[int]) -> list[sa.Row[Any]]:
        seen = visible(
            IMAGE_LAYER.c.image_id.in_(one_of_numbers(self._connection, image_ids)),
            SOURCE_PACKAGE.c.package_id.in_(one_of_numbers(self._connection, self._package_ids)),
        )
        wanted = (
            sa.select(seen, IMAGE.c.manifest, PACKAGE)
            .join_from(seen, IMAGE, IMAGE.c.id == seen.c.image_id)
            .join(PACKAGE, PACKAGE.c.id == seen.c.package_id)
        )
        rows = self._connection.execute(wanted)
        return sorted(rows, key=lambda row: (row.image_id, row.package_id, row.path))

    def _find_images(self) -> list[int]:
        packages = one_of_numbers(self._connection, self._package_ids)
        wanted = _SHOWING.where(SOURCE_PACKAGE.c.package_id.in_(packages)).distinct()
        found = sorted(self._connection.execute(wanted).scalars())
        return narrowed(self._connection, found, self._within)


def count_containers(connection: sa.Connection, image_ids: Sequence[int]) -> int:
    """How many containers run from these images."""
    runs = container_images(IMAGE.c.id.in_(one_of_numbers(connection, image_ids)))
    wanted = (
        sa.select(sa.func.count(sa.distinct(runs.c.container)))
        .join_from(runs, RUNNING_CONTAINER, RUNNING_CONTAINER.c.sequence == runs.c.container)
        .where(RUNNING_CONTAINER.c.ended_at.is_(None))
    )
    return int(connection.execute(wanted).scalar_one())
