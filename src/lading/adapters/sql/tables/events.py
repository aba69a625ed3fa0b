"""Who is told of what was done, and what they did not take yet."""

import sqlalchemy as sa

from lading.adapters.sql.columns import ROW_ID, AnyText, Instant, Json
from lading.adapters.sql.tables.metadata import METADATA

EVENT_SUBSCRIPTION = sa.Table(
    "event_subscription",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("id", AnyText, nullable=False, unique=True),
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
)

EVENT_DELIVERY = sa.Table(
    "event_delivery",
    METADATA,
    sa.Column("subscription", AnyText, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("repository", AnyText, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("dead", sa.Boolean, nullable=False),
    sa.Column("error", AnyText, nullable=False),
    sa.Index(None, "subscription", "dead", "sequence"),
)
