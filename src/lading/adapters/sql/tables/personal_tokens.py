"""Tokens that people make for themselves."""

import sqlalchemy as sa

from lading.adapters.sql.columns import AnyText, Instant
from lading.adapters.sql.tables.metadata import METADATA

PERSONAL_TOKEN = sa.Table(
    "personal_token",
    METADATA,
    sa.Column("id", AnyText, primary_key=True),
    sa.Column("digest", AnyText, nullable=False),
    sa.Column("person", AnyText, nullable=False),
    sa.Column("name", AnyText, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("last_used_at", Instant),
    sa.Column("reading_only", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index(None, "digest", unique=True),
    sa.Index(None, "person", "name", unique=True),
    sa.Index(None, "expires_at"),
)
