"""Packages that an image has twice, and that are left out once."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table; images that were analysed before are analysed again, by a newer analyser."""
    of_image = "fk_image_repeated_package_image_id"
    of_source = "fk_image_repeated_package_source_id"
    of_package = "fk_image_repeated_package_package_id"
    op.create_table(
        "image_repeated_package",
        sa.Column("image_id", ROW_ID, nullable=False),
        sa.Column("source_id", ROW_ID, nullable=False),
        sa.Column("package_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=of_image),
        sa.ForeignKeyConstraint(["source_id"], ["package_source.id"], name=of_source),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], name=of_package),
        sa.PrimaryKeyConstraint("image_id", "source_id", "package_id", name="pk_image_repeated_package"),
    )
