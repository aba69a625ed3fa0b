"""Rules on what is kept in the registry."""

import sqlalchemy as sa

from lading.adapters.sql.columns import ROW_ID, AnyText, DigestText, Instant, Json
from lading.adapters.sql.tables.metadata import METADATA

TAG_RULE = sa.Table(
    "tag_rule",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("id", AnyText, nullable=False, unique=True),
    sa.Column("kind", AnyText, nullable=False),
    sa.Column("repositories", AnyText, nullable=False),
    sa.Column("tags", AnyText, nullable=False),
    sa.Column("reason", AnyText, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("made_by", AnyText, nullable=False),
)

RETENTION_RULE = sa.Table(
    "retention_rule",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("id", AnyText, nullable=False, unique=True),
    sa.Column("repositories", AnyText, nullable=False),
    sa.Column("tags", AnyText, nullable=False),
    sa.Column("conditions", Json, nullable=False),
    sa.Column("reason", AnyText, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("made_by", AnyText, nullable=False),
)

LEGAL_HOLD = sa.Table(
    "legal_hold",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("id", AnyText, nullable=False, unique=True),
    sa.Column("repositories", AnyText, nullable=False),
    sa.Column("digest", DigestText),
    sa.Column("reason", AnyText, nullable=False),
    sa.Column("placed_at", Instant, nullable=False),
    sa.Column("placed_by", AnyText, nullable=False),
)
