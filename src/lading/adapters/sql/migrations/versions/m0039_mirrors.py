"""Mirrors, the tags that they are about, and their last runs."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, DigestText, Instant, Json

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Make the tables of mirrors."""
    op.create_table(
        "mirror",
        sa.Column("name", AnyText, nullable=False),
        sa.Column("upstream", AnyText, nullable=False),
        sa.Column("repositories", Json, nullable=False),
        sa.Column("prefix", AnyText, nullable=False),
        sa.Column("tags", AnyText, nullable=False),
        sa.Column("versions", AnyText, nullable=False),
        sa.Column("newest", sa.Integer, nullable=False),
        sa.Column("min_age_seconds", sa.BigInteger, nullable=False),
        sa.Column("trust_created", sa.Boolean, nullable=False),
        sa.Column("signers", Json, nullable=False),
        sa.Column("every_hours", sa.Integer, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("made_by", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_mirror"),
    )
    op.create_table(
        "mirror_run",
        sa.Column("mirror", AnyText, nullable=False),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("ended_at", Instant, nullable=True),
        sa.Column("looked", sa.Integer, nullable=False),
        sa.Column("brought", sa.Integer, nullable=False),
        sa.Column("at", AnyText, nullable=False),
        sa.Column("failures", Json, nullable=False),
        sa.PrimaryKeyConstraint("mirror", name="pk_mirror_run"),
    )
    op.create_table(
        "mirror_tag",
        sa.Column("rule", AnyText, nullable=False),
        sa.Column("repository", AnyText, nullable=False),
        sa.Column("tag", AnyText, nullable=False),
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("first_seen_at", Instant, nullable=False),
        sa.Column("state", AnyText, nullable=False),
        sa.Column("why", AnyText, nullable=False),
        sa.Column("looked_at", Instant, nullable=False),
        sa.Column("taken", DigestText, nullable=True),
        sa.Column("taken_at", Instant, nullable=True),
        sa.Column("accepted", DigestText, nullable=True),
        sa.Column("refused", DigestText, nullable=True),
        sa.PrimaryKeyConstraint("rule", "repository", "tag", name="pk_mirror_tag"),
    )
