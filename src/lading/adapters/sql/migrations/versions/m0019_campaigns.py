"""Campaigns, and which image was made from which without a build."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, DigestText, Instant, Json

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "campaign",
        sa.Column("id", AnyText, nullable=False),
        sa.Column("state", AnyText, nullable=False),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
    )
    op.create_table(
        "campaign_item",
        sa.Column("campaign", AnyText, nullable=False),
        sa.Column("repository", AnyText, nullable=False),
        sa.Column("image", DigestText, nullable=False),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("state", AnyText, nullable=False),
        sa.Column("team", AnyText, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name="fk_campaign_item_campaign"),
        sa.PrimaryKeyConstraint("campaign", "repository", "image", name="pk_campaign_item"),
    )
    op.create_index("ix_campaign_item_image", "campaign_item", ["image"])
    op.create_index(
        "ix_campaign_item_campaign_wave_repository_image",
        "campaign_item",
        ["campaign", "wave", "repository", "image"],
    )
    op.create_table(
        "campaign_notice",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("campaign", AnyText, nullable=False),
        sa.Column("team", AnyText, nullable=False),
        sa.Column("kind", AnyText, nullable=False),
        sa.Column("text", AnyText, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name="fk_campaign_notice_campaign"),
        sa.PrimaryKeyConstraint("sequence", name="pk_campaign_notice"),
        sa.UniqueConstraint("campaign", "team", "kind", name="uq_campaign_notice_campaign_team_kind"),
    )
    op.create_table(
        "derivation",
        sa.Column("sequence", ROW_ID, nullable=False),
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
        sa.PrimaryKeyConstraint("sequence", name="pk_derivation"),
        sa.UniqueConstraint("repository", "image", name="uq_derivation_repository_image"),
    )
    op.create_index("ix_derivation_repository_made_from", "derivation", ["repository", "made_from"])
