"""Trust policies, who signed what, grants of keys, builds."""

import sqlalchemy as sa

from lading.adapters.sql.columns import ROW_ID, AnyText, DigestText, Instant, Json
from lading.adapters.sql.tables.metadata import METADATA

TRUST_DOCUMENT = sa.Table(
    "trust_document",
    METADATA,
    sa.Column("digest", DigestText, primary_key=True),
    sa.Column("text", AnyText, nullable=False),
)

# The newest activation is in force.
TRUST_ACTIVATION = sa.Table(
    "trust_activation",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("document", sa.ForeignKey(TRUST_DOCUMENT.c.digest), nullable=False),
    sa.Column("set_at", Instant, nullable=False),
    sa.Column("set_by", AnyText, nullable=False),
    sa.Column("why", AnyText, nullable=False),
    sa.Index(None, "document"),
)

SIGNED_FACT = sa.Table(
    "signed_fact",
    METADATA,
    sa.Column("shown", AnyText, primary_key=True),
    sa.Column("repository", AnyText, primary_key=True),
    sa.Column("digest", DigestText, primary_key=True),
    sa.Column("what", AnyText, primary_key=True),
    sa.Column("name", AnyText, nullable=False),
    sa.Column("signed_at", Instant),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Index(None, "name", "repository", "digest"),
)

KEY_GRANT = sa.Table(
    "key_grant",
    METADATA,
    sa.Column("key", AnyText, primary_key=True),
    sa.Column("subject", AnyText, primary_key=True),
    sa.Column("repositories", AnyText, primary_key=True),
    sa.Column("granted_by", AnyText, nullable=False),
    sa.Column("granted_at", Instant, nullable=False),
)

BUILD = sa.Table(
    "build",
    METADATA,
    sa.Column("repository", AnyText, primary_key=True),
    sa.Column("digest", DigestText, primary_key=True),
    sa.Column("trust_policy", DigestText, nullable=False),
    sa.Column("method", AnyText, nullable=False),
    sa.Column("builder", AnyText, nullable=False),
    sa.Column("listed_as", AnyText, nullable=False),
    sa.Column("source", AnyText, nullable=False),
    sa.Column("commit", AnyText, nullable=False),
    sa.Column("details", Json, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
