"""Rules on what tags may be called and what may be done to them."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table of rules on tags."""
    op.create_table(
        "tag_rule",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("id", AnyText, nullable=False),
        sa.Column("kind", AnyText, nullable=False),
        sa.Column("repositories", AnyText, nullable=False),
        sa.Column("tags", AnyText, nullable=False),
        sa.Column("reason", AnyText, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("made_by", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_tag_rule"),
        sa.UniqueConstraint("id", name="uq_tag_rule_id"),
    )
