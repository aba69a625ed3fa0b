"""Approvals with their votes, who stands in for whom, and what waivers say beside their scope."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, Instant, Json

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Make both tables, and the new columns of waivers and users."""
    op.create_table(
        "approval",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("id", AnyText, nullable=False),
        sa.Column("kind", AnyText, nullable=False),
        sa.Column("subject", AnyText, nullable=False),
        sa.Column("title", AnyText, nullable=False),
        sa.Column("requester", AnyText, nullable=False),
        sa.Column("requester_person", AnyText, nullable=False),
        sa.Column("requested_at", Instant, nullable=False),
        sa.Column("deadline", Instant, nullable=False),
        sa.Column("quorum", sa.Integer, nullable=False),
        sa.Column("ticket", AnyText, nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("votes", Json, nullable=False),
        sa.Column("state", AnyText, nullable=False),
        sa.Column("concluded_at", Instant),
        sa.PrimaryKeyConstraint("sequence", name="pk_approval"),
        sa.UniqueConstraint("id", name="uq_approval_id"),
    )
    op.create_index("ix_approval_kind_subject", "approval", ["kind", "subject"])
    op.create_index("ix_approval_state_sequence", "approval", ["state", "sequence"])
    op.create_table(
        "delegation",
        sa.Column("id", AnyText, nullable=False),
        sa.Column("giver", AnyText, nullable=False),
        sa.Column("taker", AnyText, nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.Column("reason", AnyText, nullable=False),
        sa.Column("given_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        sa.PrimaryKeyConstraint("id", name="pk_delegation"),
    )
    op.create_index("ix_delegation_taker", "delegation", ["taker"])
    for name in ("kind", "risk", "control", "renews"):
        op.add_column("waiver", sa.Column(name, AnyText, nullable=False, server_default=""))
    op.add_column("waiver", sa.Column("only", Json, nullable=False, server_default="[]"))
    op.add_column("waiver", sa.Column("renewals", sa.Integer, nullable=False, server_default="0"))
    op.add_column("local_user", sa.Column("person", AnyText, nullable=False, server_default=""))
