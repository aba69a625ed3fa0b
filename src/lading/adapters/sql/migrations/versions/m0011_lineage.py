"""Which images stand on which layers, and the catalogue of bases."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, DigestText, Json

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the tables of lineage. Images that are there already are placed at the next start."""
    op.create_table(
        "lineage_image",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("manifest", DigestText, nullable=False),
        sa.Column("top", sa.LargeBinary, nullable=False),
        sa.Column("depth", sa.Integer, nullable=False),
        sa.Column("chains", sa.LargeBinary, nullable=False),
        sa.Column("platform", AnyText, nullable=False),
        sa.Column("created", AnyText, nullable=False),
        sa.Column("trailing", Json, nullable=False),
        sa.Column("declared_name", AnyText, nullable=False),
        sa.Column("declared_digest", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lineage_image"),
        sa.UniqueConstraint("manifest", name="uq_lineage_image_manifest"),
    )
    op.create_index("ix_lineage_image_top", "lineage_image", ["top"])
    op.create_table(
        "lineage_prefix",
        sa.Column("chain", sa.LargeBinary, nullable=False),
        sa.Column("image_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["lineage_image.id"], name="fk_lineage_prefix_image_id"),
        sa.PrimaryKeyConstraint("chain", "image_id", name="pk_lineage_prefix"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_lineage_prefix_image_id", "lineage_prefix", ["image_id"])
    op.create_table(
        "catalogue_entry",
        sa.Column("name", AnyText, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_catalogue_entry"),
    )
