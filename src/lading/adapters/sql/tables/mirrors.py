"""Mirrors, the tags that they are about, and their last runs."""

import sqlalchemy as sa

from lading.adapters.sql.columns import AnyText, DigestText, Instant, Json
from lading.adapters.sql.tables.metadata import METADATA

MIRROR = sa.Table(
    "mirror",
    METADATA,
    sa.Column("name", AnyText, primary_key=True),
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
)

MIRROR_RUN = sa.Table(
    "mirror_run",
    METADATA,
    sa.Column("mirror", AnyText, primary_key=True),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant, nullable=True),
    sa.Column("looked", sa.Integer, nullable=False),
    sa.Column("brought", sa.Integer, nullable=False),
    sa.Column("at", AnyText, nullable=False),
    sa.Column("failures", Json, nullable=False),
)

MIRROR_TAG = sa.Table(
    "mirror_tag",
    METADATA,
    sa.Column("rule", AnyText, primary_key=True),
    sa.Column("repository", AnyText, primary_key=True),
    sa.Column("tag", AnyText, primary_key=True),
    sa.Column("digest", DigestText, nullable=False),
    sa.Column("first_seen_at", Instant, nullable=False),
    sa.Column("state", AnyText, nullable=False),
    sa.Column("why", AnyText, nullable=False),
    sa.Column("looked_at", Instant, nullable=False),
    sa.Column("taken", DigestText, nullable=True),
    sa.Column("taken_at", Instant, nullable=True),
    sa.Column("accepted", DigestText, nullable=True),
    sa.Column("refused", DigestText, nullable=True),
)
