"""Statements of VEX."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, Instant, Packed

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "vex_statement",
        sa.Column("id", AnyText, nullable=False),
        sa.Column("document", AnyText, nullable=False),
        sa.Column("statement", Packed, nullable=False),
        sa.Column("added_at", Instant, nullable=False),
        sa.Column("added_by", AnyText, nullable=False),
        sa.Column("retired_at", Instant, nullable=True),
        sa.Column("retired_by", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vex_statement"),
    )
    op.create_index("ix_vex_statement_document", "vex_statement", ["document"])
    op.create_table(
        "vex_flaw",
        sa.Column("flaw", AnyText, nullable=False),
        sa.Column("statement", AnyText, nullable=False),
        sa.ForeignKeyConstraint(["statement"], ["vex_statement.id"], name="fk_vex_flaw_statement"),
        sa.PrimaryKeyConstraint("flaw", "statement", name="pk_vex_flaw"),
    )
    op.create_index("ix_vex_flaw_statement", "vex_flaw", ["statement"])
