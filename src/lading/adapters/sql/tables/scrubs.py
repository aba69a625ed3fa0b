"""Passes that read everything again, and what they found damaged."""

import sqlalchemy as sa

from lading.adapters.sql.columns import ROW_ID, AnyText, DigestText, Instant, Json
from lading.adapters.sql.tables.metadata import METADATA

SCRUB = sa.Table(
    "scrub",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("id", AnyText, nullable=False, unique=True),
    sa.Column("state", AnyText, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("document", Json, nullable=False),
)

DAMAGED_BLOB = sa.Table(
    "damaged_blob",
    METADATA,
    sa.Column("digest", DigestText, primary_key=True),
    sa.Column("state", AnyText, nullable=False),
    sa.Column("found_at", Instant, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("healed_at", Instant),
    sa.Column("healed_by", AnyText, nullable=False),
)
