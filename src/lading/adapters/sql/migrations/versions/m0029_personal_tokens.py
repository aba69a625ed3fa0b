"""Tokens that people make for themselves."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, Instant

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "personal_token",
        sa.Column("id", AnyText, nullable=False),
        sa.Column("digest", AnyText, nullable=False),
        sa.Column("person", AnyText, nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("last_used_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_personal_token"),
    )
    op.create_index("ix_personal_token_digest", "personal_token", ["digest"], unique=True)
    op.create_index("ix_personal_token_person_name", "personal_token", ["person", "name"], unique=True)
    op.create_index("ix_personal_token_expires_at", "personal_token", ["expires_at"])
