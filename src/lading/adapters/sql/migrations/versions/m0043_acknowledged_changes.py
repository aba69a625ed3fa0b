"""Verdicts that changed, and who has taken note of it."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, Instant

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "verdict_acknowledgement",
        sa.Column("change", ROW_ID, nullable=False),
        sa.Column("word", AnyText, nullable=False),
        sa.Column("acknowledged_by", AnyText, nullable=False),
        sa.Column("acknowledged_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["change"], ["verdict_change.sequence"], name="fk_verdict_acknowledgement_change"
        ),
        sa.PrimaryKeyConstraint("change", name="pk_verdict_acknowledgement"),
    )
