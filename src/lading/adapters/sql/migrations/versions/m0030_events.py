"""Who is told of what was done, and what they did not take yet."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, Instant, Json

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Make the tables of event subscriptions and of deliveries that were not taken."""
    op.create_table(
        "event_subscription",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("id", AnyText, nullable=False),
        sa.Column("url", AnyText, nullable=False),
        sa.Column("actions", Json, nullable=False),
        sa.Column("repositories", AnyText, nullable=False),
        sa.Column("secret", AnyText, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("made_by", AnyText, nullable=False),
        sa.Column("cursor", sa.BigInteger, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("error", AnyText, nullable=False),
        sa.Column("sent_at", Instant, nullable=True),
        sa.Column("holder", AnyText, nullable=False),
        sa.Column("leased_until", Instant, nullable=True),
        sa.PrimaryKeyConstraint("sequence", name="pk_event_subscription"),
        sa.UniqueConstraint("id", name="uq_event_subscription_id"),
    )
    op.create_table(
        "event_delivery",
        sa.Column("subscription", AnyText, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("repository", AnyText, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("dead", sa.Boolean, nullable=False),
        sa.Column("error", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("subscription", "sequence", name="pk_event_delivery"),
    )
    op.create_index(
        "ix_event_delivery_subscription_dead_sequence",
        "event_delivery",
        ["subscription", "dead", "sequence"],
    )
