"""How much projects may keep."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, Instant

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Make the table of quotas."""
    op.create_table(
        "quota",
        sa.Column("project", AnyText, nullable=False),
        sa.Column("most_bytes", sa.BigInteger, nullable=True),
        sa.Column("most_artifacts", sa.BigInteger, nullable=True),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("made_by", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("project", name="pk_quota"),
    )
