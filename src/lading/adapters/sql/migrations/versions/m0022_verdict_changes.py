"""Verdicts that changed."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, Instant

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "verdict_change",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("package_id", ROW_ID, nullable=False),
        sa.Column("flaw", AnyText, nullable=False),
        sa.Column("severity", AnyText, nullable=False),
        sa.Column("before", AnyText, nullable=False),
        sa.Column("after", AnyText, nullable=False),
        sa.Column("fixed_in", AnyText, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], name="fk_verdict_change_package_id"),
        sa.PrimaryKeyConstraint("sequence", name="pk_verdict_change"),
    )
    op.create_index("ix_verdict_change_package_id", "verdict_change", ["package_id"])
