"""Policies, waivers, decisions, environments, promotions, verifications."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, DigestText, Instant, Json

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables of governance."""
    _policies()
    _waivers()
    _decisions()
    _promotions()
    _verifications()


def _policies() -> None:
    op.create_table(
        "policy",
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("text", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_policy"),
    )
    op.create_table(
        "policy_activation",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("policy", DigestText, nullable=False),
        sa.Column("set_at", Instant, nullable=False),
        sa.Column("set_by", AnyText, nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.digest"], name="fk_policy_activation_policy"),
        sa.PrimaryKeyConstraint("sequence", name="pk_policy_activation"),
    )
    op.create_index("ix_policy_activation_policy", "policy_activation", ["policy"])


def _waivers() -> None:
    op.create_table(
        "waiver",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("id", AnyText, nullable=False),
        sa.Column("repositories", AnyText, nullable=False),
        sa.Column("rules", Json, nullable=False),
        sa.Column("vulnerabilities", Json, nullable=False),
        sa.Column("digest", DigestText, nullable=True),
        sa.Column("environments", Json, nullable=False),
        sa.Column("reason", AnyText, nullable=False),
        sa.Column("ticket", AnyText, nullable=False),
        sa.Column("requester", AnyText, nullable=False),
        sa.Column("requested_at", Instant, nullable=False),
        sa.Column("expires", Instant, nullable=False),
        sa.Column("approver", AnyText, nullable=False),
        sa.Column("approved_at", Instant, nullable=True),
        sa.Column("revoked_by", AnyText, nullable=False),
        sa.Column("revoked_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("sequence", name="pk_waiver"),
        sa.UniqueConstraint("id", name="uq_waiver_id"),
    )
    op.create_index("ix_waiver_expires", "waiver", ["expires"])


def _decisions() -> None:
    op.create_table(
        "evidence",
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_evidence"),
    )
    op.create_table(
        "decision",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("id", AnyText, nullable=False),
        sa.Column("image", AnyText, nullable=False),
        sa.Column("gate", AnyText, nullable=False),
        sa.Column("environment", AnyText, nullable=False),
        sa.Column("outcome", AnyText, nullable=False),
        sa.Column("policy", AnyText, nullable=False),
        sa.Column("evidence", AnyText, nullable=False),
        sa.Column("waivers", DigestText, nullable=False),
        sa.Column("reference", AnyText, nullable=False),
        sa.Column("by", AnyText, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_decision"),
        sa.UniqueConstraint("id", name="uq_decision_id"),
    )
    op.create_index(
        "ix_decision_evidence_policy_waivers_sequence",
        "decision",
        ["evidence", "policy", "waivers", "sequence"],
    )
    op.create_index("ix_decision_image_sequence", "decision", ["image", "sequence"])
    op.create_index("ix_decision_outcome_sequence", "decision", ["outcome", "sequence"])


def _promotions() -> None:
    op.create_table(
        "environment",
        sa.Column("name", AnyText, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("after", Json, nullable=False),
        sa.Column("needs_approval", sa.Boolean, nullable=False),
        sa.Column("description", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_environment"),
    )
    op.create_table(
        "promotion",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("id", AnyText, nullable=False),
        sa.Column("kind", AnyText, nullable=False),
        sa.Column("repository", AnyText, nullable=False),
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("source", AnyText, nullable=False),
        sa.Column("target", AnyText, nullable=False),
        sa.Column("state", AnyText, nullable=False),
        sa.Column("reason", AnyText, nullable=False),
        sa.Column("ticket", AnyText, nullable=False),
        sa.Column("requester", AnyText, nullable=False),
        sa.Column("requested_at", Instant, nullable=False),
        sa.Column("decision", AnyText, nullable=False),
        sa.Column("previous", DigestText, nullable=True),
        sa.Column("approver", AnyText, nullable=False),
        sa.Column("concluded_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("sequence", name="pk_promotion"),
        sa.UniqueConstraint("id", name="uq_promotion_id"),
    )
    op.create_index(
        "ix_promotion_repository_target_sequence", "promotion", ["repository", "target", "sequence"]
    )
    op.create_table(
        "pointer",
        sa.Column("environment", AnyText, nullable=False),
        sa.Column("repository", AnyText, nullable=False),
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("moved_at", Instant, nullable=False),
        sa.Column("moved_by", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("environment", "repository", name="pk_pointer"),
    )
    op.create_index("ix_pointer_digest", "pointer", ["digest"])


def _verifications() -> None:
    op.create_table(
        "verification",
        sa.Column("repository", AnyText, nullable=False),
        sa.Column("subject", DigestText, nullable=False),
        sa.Column("trust_policy", DigestText, nullable=False),
        sa.Column("claims", DigestText, nullable=False),
        sa.Column("outcome", Json, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("repository", "subject", "trust_policy", name="pk_verification"),
    )
    op.create_index("ix_verification_subject", "verification", ["subject"])
