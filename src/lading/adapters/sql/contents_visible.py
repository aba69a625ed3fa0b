"""Which packages are visible in which image: the join that findings and searches are made of."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa

from lading.adapters.sql.contents_packages import package_of
from lading.adapters.sql.tables.contents import (
    IMAGE,
    IMAGE_HIDDEN_SOURCE,
    IMAGE_INTRODUCTION,
    IMAGE_LAYER,
    IMAGE_REPEATED_PACKAGE,
    PACKAGE_SOURCE,
    SOURCE_PACKAGE,
)
from lading.adapters.sql.tables.inventory import CONTAINER_IMAGE
from lading.adapters.sql.tables.registry import MANIFEST, MANIFEST_CHILD
from lading.cataloging.all_catalogers import DECLARING
from lading.cataloging.analysis import InstalledPackage

Place: TypeAlias = tuple[int, int, str]  # image_id, package_id, path


# That a higher layer of the image hides the source of a package; on the join of layers and sources.
HIDDEN = (
    sa.select(IMAGE_HIDDEN_SOURCE.c.image_id)
    .where(
        IMAGE_HIDDEN_SOURCE.c.image_id == IMAGE_LAYER.c.image_id,
        IMAGE_HIDDEN_SOURCE.c.position == IMAGE_LAYER.c.position,
        IMAGE_HIDDEN_SOURCE.c.source_id == PACKAGE_SOURCE.c.id,
    )
    .exists()
)


def visible(*conditions: sa.ColumnElement[bool]) -> sa.Subquery:
    """(image_id, package_id, path) with its source_id and cataloger, of what no higher layer hides.

    A package that is there twice, as ``image_contents`` says, is there once.
    ``conditions`` are on the tables of the join, and are what makes it cheap: an image, or some packages.
    """
    repeated = (
        sa.select(IMAGE_REPEATED_PACKAGE.c.image_id)
        .where(
            IMAGE_REPEATED_PACKAGE.c.image_id == IMAGE_LAYER.c.image_id,
            IMAGE_REPEATED_PACKAGE.c.source_id == PACKAGE_SOURCE.c.id,
            IMAGE_REPEATED_PACKAGE.c.package_id == SOURCE_PACKAGE.c.package_id,
        )
        .exists()
    )
    return (
        sa.select(
            IMAGE_LAYER.c.image_id,
            SOURCE_PACKAGE.c.package_id,
            PACKAGE_SOURCE.c.path,
            sa.func.max(PACKAGE_SOURCE.c.id).label("source_id"),
            sa.func.max(PACKAGE_SOURCE.c.cataloger).label("cataloger"),
        )
        .join_from(IMAGE_LAYER, PACKAGE_SOURCE, PACKAGE_SOURCE.c.layer_id == IMAGE_LAYER.c.layer_id)
        .join(SOURCE_PACKAGE, SOURCE_PACKAGE.c.source_id == PACKAGE_SOURCE.c.id)
        .where(*conditions, ~HIDDEN, ~repeated)
        .group_by(IMAGE_LAYER.c.image_id, SOURCE_PACKAGE.c.package_id, PACKAGE_SOURCE.c.path)
        .subquery("visible")
    )


def installed_package(row: sa.Row[Any], layers: Mapping[Place, int]) -> InstalledPackage:
    """Read a row that has all columns of ``package`` and of ``visible``."""
    layer = layers[row.image_id, row.package_id, row.path]
    return InstalledPackage(package_of(row), row.path, layer, row.cataloger in DECLARING)


def first_layers(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> dict[Place, int]:
    """The layer that first brought the package, for each (image_id, package_id, path) of ``rows``."""
    if not rows:
        return {}
    images = {row.image_id for row in rows}
    packages = {row.package_id for row in rows}
    lowest = (
        sa.select(
            IMAGE_LAYER.c.image_id,
            SOURCE_PACKAGE.c.package_id,
            PACKAGE_SOURCE.c.path,
            sa.func.min(IMAGE_LAYER.c.position).label("layer"),
        )
        .join_from(IMAGE_LAYER, PACKAGE_SOURCE, PACKAGE_SOURCE.c.layer_id == IMAGE_LAYER.c.layer_id)
        .join(SOURCE_PACKAGE, SOURCE_PACKAGE.c.source_id == PACKAGE_SOURCE.c.id)
        .where(IMAGE_LAYER.c.image_id.in_(images), SOURCE_PACKAGE.c.package_id.in_(packages))
        .group_by(IMAGE_LAYER.c.image_id, SOURCE_PACKAGE.c.package_id, PACKAGE_SOURCE.c.path)
    )
    otherwise = (
        sa.select(IMAGE_INTRODUCTION, PACKAGE_SOURCE.c.path)
        .join_from(IMAGE_INTRODUCTION, PACKAGE_SOURCE)
        .where(IMAGE_INTRODUCTION.c.image_id.in_(images), IMAGE_INTRODUCTION.c.package_id.in_(packages))
    )
    found: dict[Place, int] = {}
    for statement in (lowest, otherwise):
        for row in connection.execute(statement):
            found[row.image_id, row.package_id, row.path] = row.layer
    return found


def container_images(*conditions: sa.ColumnElement[bool]) -> sa.Subquery:
    """Distinct (container, image_id): which images a container may run. ``conditions`` are on ``image``.

    An engine names the manifest or the config, which are of one platform. Where it names only the index, each
    of the index's images may be the one: better one too many than none.
    """
    exact = [
        sa.select(CONTAINER_IMAGE.c.container, IMAGE.c.id.label("image_id"))
        .join_from(IMAGE, CONTAINER_IMAGE, CONTAINER_IMAGE.c.digest == digest)
        .where(*conditions)
        for digest in (IMAGE.c.manifest, IMAGE.c.config)
    ]
    by_index = (
        sa.select(CONTAINER_IMAGE.c.container, IMAGE.c.id.label("image_id"))
        .join_from(IMAGE, MANIFEST_CHILD, MANIFEST_CHILD.c.digest == IMAGE.c.manifest)
        .join(MANIFEST, MANIFEST.c.id == MANIFEST_CHILD.c.manifest_id)
        .join(CONTAINER_IMAGE, CONTAINER_IMAGE.c.digest == MANIFEST.c.digest)
        .where(*conditions, ~_named_by("manifest"), ~_named_by("config"))
    )
    return sa.union(*exact, by_index).subquery("container_images")


def _named_by(column: str) -> sa.ColumnElement[bool]:
    """Whether the engine names an image of the container by this, and not only an index."""
    same, known = CONTAINER_IMAGE.alias(), IMAGE.alias()
    return (
        sa.select(same.c.container)
        .join_from(same, known, known.c[column] == same.c.digest)
        .where(same.c.container == CONTAINER_IMAGE.c.container)
        .exists()
    )
