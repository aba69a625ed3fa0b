"""Passes that read everything again, and what they found damaged."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, DigestText, Instant, Json

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "scrub",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("id", AnyText, nullable=False),
        sa.Column("state", AnyText, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_scrub"),
        sa.UniqueConstraint("id", name="uq_scrub_id"),
    )
    op.create_table(
        "damaged_blob",
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("state", AnyText, nullable=False),
        sa.Column("found_at", Instant, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("healed_at", Instant, nullable=True),
        sa.Column("healed_by", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_damaged_blob"),
    )
