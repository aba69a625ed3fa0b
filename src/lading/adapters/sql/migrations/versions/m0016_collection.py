"""Claims on blobs, and collections of what nobody needs."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, Instant, Json

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """What is linked now was claimed when it was linked."""
    op.add_column("repository_blob", sa.Column("claimed_at", Instant, nullable=False, server_default=""))
    op.execute("UPDATE repository_blob SET claimed_at = linked_at")
    op.create_table(
        "collection",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("id", AnyText, nullable=False),
        sa.Column("state", AnyText, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_collection"),
        sa.UniqueConstraint("id", name="uq_collection_id"),
    )
