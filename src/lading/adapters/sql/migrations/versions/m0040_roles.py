"""Roles that an installation makes, and personal tokens that only read."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, Json

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Tokens that are there keep what they may."""
    op.create_table(
        "role",
        sa.Column("name", AnyText, nullable=False),
        sa.Column("verbs", Json, nullable=False),
        sa.Column("description", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_role"),
    )
    reading = sa.Column("reading_only", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("personal_token", reading)
