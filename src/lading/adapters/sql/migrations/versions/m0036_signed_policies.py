"""Policies under a signature, and which gate was seen to ask which policy."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, Instant

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Give activations an envelope; make the table of gates."""
    op.add_column("policy_activation", sa.Column("envelope", AnyText, nullable=False, server_default=""))
    op.create_table(
        "gate_sighting",
        sa.Column("gate", AnyText, nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.Column("policy", AnyText, nullable=False),
        sa.Column("version", AnyText, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("gate", "name", name="pk_gate_sighting"),
    )
