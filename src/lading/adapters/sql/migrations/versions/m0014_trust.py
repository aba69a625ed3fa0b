"""Trust policies, who signed what, grants of keys, builds; verdicts by environment."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, DigestText, Instant, Json

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the tables of trust."""
    _documents()
    _signed()
    _builds()
    _verifications()


def _documents() -> None:
    op.create_table(
        "trust_document",
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("text", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_trust_document"),
    )
    op.create_table(
        "trust_activation",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("document", DigestText, nullable=False),
        sa.Column("set_at", Instant, nullable=False),
        sa.Column("set_by", AnyText, nullable=False),
        sa.Column("why", AnyText, nullable=False),
        sa.ForeignKeyConstraint(["document"], ["trust_document.digest"], name="fk_trust_activation_document"),
        sa.PrimaryKeyConstraint("sequence", name="pk_trust_activation"),
    )
    op.create_index("ix_trust_activation_document", "trust_activation", ["document"])


def _signed() -> None:
    op.create_table(
        "signed_fact",
        sa.Column("shown", AnyText, nullable=False),
        sa.Column("repository", AnyText, nullable=False),
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("what", AnyText, nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.Column("signed_at", Instant, nullable=True),
        sa.Column("seen_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("shown", "repository", "digest", "what", name="pk_signed_fact"),
    )
    op.create_index("ix_signed_fact_name_repository_digest", "signed_fact", ["name", "repository", "digest"])
    op.create_table(
        "key_grant",
        sa.Column("key", AnyText, nullable=False),
        sa.Column("subject", AnyText, nullable=False),
        sa.Column("repositories", AnyText, nullable=False),
        sa.Column("granted_by", AnyText, nullable=False),
        sa.Column("granted_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("key", "subject", "repositories", name="pk_key_grant"),
    )


def _builds() -> None:
    op.create_table(
        "build",
        sa.Column("repository", AnyText, nullable=False),
        sa.Column("digest", DigestText, nullable=False),
        sa.Column("trust_policy", DigestText, nullable=False),
        sa.Column("method", AnyText, nullable=False),
        sa.Column("builder", AnyText, nullable=False),
        sa.Column("listed_as", AnyText, nullable=False),
        sa.Column("source", AnyText, nullable=False),
        sa.Column("commit", AnyText, nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("repository", "digest", name="pk_build"),
    )


def _verifications() -> None:
    """Verdicts are found again when they are asked for, so those kept without environment are dropped."""
    op.drop_table("verification")
    op.create_table(
        "verification",
        sa.Column("repository", AnyText, nullable=False),
        sa.Column("subject", DigestText, nullable=False),
        sa.Column("trust_policy", DigestText, nullable=False),
        sa.Column("environment", AnyText, nullable=False),
        sa.Column("claims", DigestText, nullable=False),
        sa.Column("outcome", Json, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint(
            "repository", "subject", "trust_policy", "environment", name="pk_verification"
        ),
    )
    op.create_index("ix_verification_subject", "verification", ["subject"])
