"""Which packages are visible in which image: the join that findings and searches are made of."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.tables.contents import (
    IMAGE_HIDDEN_SOURCE,
    IMAGE_LAYER,
    PACKAGE_SOURCE,
    SOURCE_PACKAGE,
)


def visible(*conditions: sa.ColumnElement[bool]) -> sa.Subquery:
    """Distinct (image_id, package_id, path) of package sources that no higher layer hides.

    ``conditions`` are on the tables of the join, and are what makes it cheap: an image, or some packages.
    """
    hidden = (
        sa.select(IMAGE_HIDDEN_SOURCE.c.image_id)
        .where(
            IMAGE_HIDDEN_SOURCE.c.image_id == IMAGE_LAYER.c.image_id,
            IMAGE_HIDDEN_SOURCE.c.position == IMAGE_LAYER.c.position,
            IMAGE_HIDDEN_SOURCE.c.source_id == PACKAGE_SOURCE.c.id,
        )
        .exists()
    )
    return (
        sa.select(IMAGE_LAYER.c.image_id, SOURCE_PACKAGE.c.package_id, PACKAGE_SOURCE.c.path)
        .distinct()
        .join_from(IMAGE_LAYER, PACKAGE_SOURCE, PACKAGE_SOURCE.c.layer_id == IMAGE_LAYER.c.layer_id)
        .join(SOURCE_PACKAGE, SOURCE_PACKAGE.c.source_id == PACKAGE_SOURCE.c.id)
        .where(*conditions, ~hidden)
        .subquery("visible")
    )


def first_layers(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> dict[tuple[int, int], int]:
    """The lowest layer that has the package, hidden or not, for each (image_id, package_id) of ``rows``."""
    if not rows:
        return {}
    wanted = (
        sa.select(
            IMAGE_LAYER.c.image_id,
            SOURCE_PACKAGE.c.package_id,
            sa.func.min(IMAGE_LAYER.c.position).label("layer"),
        )
        .join_from(IMAGE_LAYER, PACKAGE_SOURCE, PACKAGE_SOURCE.c.layer_id == IMAGE_LAYER.c.layer_id)
        .join(SOURCE_PACKAGE, SOURCE_PACKAGE.c.source_id == PACKAGE_SOURCE.c.id)
        .where(
            IMAGE_LAYER.c.image_id.in_({row.image_id for row in rows}),
            SOURCE_PACKAGE.c.package_id.in_({row.package_id for row in rows}),
        )
        .group_by(IMAGE_LAYER.c.image_id, SOURCE_PACKAGE.c.package_id)
    )
    return {(row.image_id, row.package_id): row.layer for row in connection.execute(wanted)}
