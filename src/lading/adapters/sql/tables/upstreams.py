"""Other registries, the caches of them, and what is being brought in."""

import sqlalchemy as sa

from lading.adapters.sql.columns import AnyText, DigestText, Instant
from lading.adapters.sql.tables.metadata import METADATA

UPSTREAM = sa.Table(
    "upstream",
    METADATA,
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("url", AnyText, nullable=False),
    sa.Column("user_name", AnyText, nullable=False),
    sa.Column("sealed", AnyText, nullable=False),
    sa.Column("fresh_seconds", sa.Integer, nullable=False),
    sa.Column("requests_per_hour", sa.Integer, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("made_by", AnyText, nullable=False),
    sa.Column("window_at", Instant, nullable=True),
    sa.Column("spent", sa.Integer, nullable=False),
    sa.Column("held_until", Instant, nullable=True),
    sa.Column("spared_until", Instant, nullable=True),
    sa.Column("answered_at", Instant, nullable=True),
    sa.Column("failed_at", Instant, nullable=True),
    sa.Column("failure", AnyText, nullable=False),
)

UPSTREAM_CACHE = sa.Table(
    "upstream_cache",
    METADATA,
    sa.Column("prefix", AnyText, primary_key=True),
    sa.Column("upstream", AnyText, nullable=False),
    sa.Column("remote_prefix", AnyText, nullable=False),
    sa.Column("namespace", AnyText, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("made_by", AnyText, nullable=False),
)

CACHED_TAG = sa.Table(
    "cached_tag",
    METADATA,
    sa.Column("repository", AnyText, primary_key=True),
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("digest", DigestText, nullable=False),
    sa.Column("checked_at", Instant, nullable=False),
    sa.Column("stale", AnyText, nullable=False),
    sa.Index(None, "repository", "digest"),
)

PENDING_MANIFEST = sa.Table(
    "pending_manifest",
    METADATA,
    sa.Column("repository", AnyText, primary_key=True),
    sa.Column("digest", DigestText, primary_key=True),
    sa.Column("media_type", AnyText, nullable=False),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("fetched_at", Instant, nullable=False),
    sa.Index(None, "fetched_at"),
)

CONTENT_LEASE = sa.Table(
    "content_lease",
    METADATA,
    sa.Column("key", AnyText, primary_key=True),
    sa.Column("holder", AnyText, nullable=False),
    sa.Column("leased_until", Instant, nullable=False),
)
