"""What inspections of whole images found."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, Packed

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Make the table; images that were analysed before are inspected when they are analysed again."""
    op.create_table(
        "image_inspection",
        sa.Column("image_id", ROW_ID, nullable=False),
        sa.Column("inspection", Packed, nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_image_inspection_image_id"),
        sa.PrimaryKeyConstraint("image_id", name="pk_image_inspection"),
    )
