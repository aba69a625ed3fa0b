"""Other registries, the caches of them, and what is being brought in."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, DigestText, Instant

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Make the tables of upstreams and caches."""
    op.create_table(
        "upstream",
        sa.Column("name", AnyText, nullable=False),
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
        sa.PrimaryKeyConstraint("name", name="pk_upstream"),
    )
    op.create_table(
        "upstream_cache",
        sa.Column("prefix", AnyText, nullable=False),
        sa.Column("upstream", AnyText, nullable=False),
        sa.Column("remote_prefix", AnyText, nullable=False),
        sa.Column("namespace", AnyText, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("made_by", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("prefix", name="pk_upstream_cache"),
    )
    op.create_table(
        "cached_tag",
        sa.Column("repository", AnyText, nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("checked_at", Instant, nullable=False),
        sa.Column("stale", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("repository", "name", name="pk_cached_tag"),
    )
    op.create_index("ix_cached_tag_repository_digest", "cached_tag", ["repository", "digest"])
    op.create_table(
        "pending_manifest",
        sa.Column("repository", AnyText, nullable=False),
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("media_type", AnyText, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("fetched_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("repository", "digest", name="pk_pending_manifest"),
    )
    op.create_index("ix_pending_manifest_fetched_at", "pending_manifest", ["fetched_at"])
    op.create_table(
        "content_lease",
        sa.Column("key", AnyText, nullable=False),
        sa.Column("holder", AnyText, nullable=False),
        sa.Column("leased_until", Instant, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_content_lease"),
    )
