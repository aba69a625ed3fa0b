"""Commands that ask to be signed in by a browser."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, Instant

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "device_grant",
        sa.Column("digest", AnyText, nullable=False),
        sa.Column("user_code", AnyText, nullable=False),
        sa.Column("asking", AnyText, nullable=False),
        sa.Column("address", AnyText, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("state", AnyText, nullable=False),
        sa.Column("person", AnyText, nullable=False),
        sa.Column("asked_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_device_grant"),
    )
    op.create_index("ix_device_grant_user_code", "device_grant", ["user_code"], unique=True)
    op.create_index("ix_device_grant_address", "device_grant", ["address"])
    op.create_index("ix_device_grant_expires_at", "device_grant", ["expires_at"])
