"""Campaigns, and which image was made from which without a build."""

import sqlalchemy as sa

from lading.adapters.sql.columns import ROW_ID, AnyText, DigestText, Instant, Json
from lading.adapters.sql.tables.metadata import METADATA

CAMPAIGN = sa.Table(
    "campaign",
    METADATA,
    sa.Column("id", AnyText, primary_key=True),
    sa.Column("state", AnyText, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Column("holder", AnyText, nullable=False, server_default=""),
    sa.Column("leased_until", Instant, nullable=True),
)

CAMPAIGN_ITEM = sa.Table(
    "campaign_item",
    METADATA,
    sa.Column("campaign", sa.ForeignKey(CAMPAIGN.c.id), primary_key=True),
    sa.Column("repository", AnyText, primary_key=True),
    sa.Column("image", DigestText, primary_key=True),
    sa.Column("wave", sa.Integer, nullable=False),
    sa.Column("state", AnyText, nullable=False),
    sa.Column("team", AnyText, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Index(None, "image"),
    sa.Index(None, "campaign", "wave", "repository", "image"),
)

CAMPAIGN_NOTICE = sa.Table(
    "campaign_notice",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("campaign", sa.ForeignKey(CAMPAIGN.c.id), nullable=False),
    sa.Column("team", AnyText, nullable=False),
    sa.Column("kind", AnyText, nullable=False),
    sa.Column("text", AnyText, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.UniqueConstraint("campaign", "team", "kind"),
)

DERIVATION = sa.Table(
    "derivation",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("repository", AnyText, nullable=False),
    sa.Column("image", DigestText, nullable=False),
    sa.Column("made_from", DigestText, nullable=False),
    sa.Column("method", AnyText, nullable=False),
    sa.Column("onto", AnyText, nullable=False),
    sa.Column("verdict", AnyText, nullable=False),
    sa.Column("proof", AnyText, nullable=False),
    sa.Column("tag", AnyText, nullable=False),
    sa.Column("by", AnyText, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.UniqueConstraint("repository", "image"),
    sa.Index(None, "repository", "made_from"),
)
