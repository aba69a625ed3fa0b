"""Second factors of people, and browsers that still owe theirs."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, Instant, Json

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Nobody has one yet."""
    op.create_table(
        "second_factor",
        sa.Column("person", AnyText, nullable=False),
        sa.Column("sealed", AnyText, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("recovery", Json, nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_second_factor"),
    )
    due = sa.Column("factor_due", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("browser_session", due)
