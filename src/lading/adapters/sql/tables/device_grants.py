"""Commands that ask to be signed in by a browser."""

import sqlalchemy as sa

from lading.adapters.sql.columns import AnyText, Instant
from lading.adapters.sql.tables.metadata import METADATA

DEVICE_GRANT = sa.Table(
    "device_grant",
    METADATA,
    sa.Column("digest", AnyText, primary_key=True),
    sa.Column("user_code", AnyText, nullable=False),
    sa.Column("asking", AnyText, nullable=False),
    sa.Column("address", AnyText, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("state", AnyText, nullable=False),
    sa.Column("person", AnyText, nullable=False),
    sa.Column("asked_at", Instant),
    sa.Index(None, "user_code", unique=True),
    sa.Index(None, "address"),
    sa.Index(None, "expires_at"),
)
