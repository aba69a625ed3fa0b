"""The chained log, and facts about the installation."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, Json

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make ``audit_entry`` and ``server_state``."""
    op.create_table(
        "audit_entry",
        sa.Column("sequence", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("at", AnyText, nullable=False),
        sa.Column("actor", AnyText, nullable=False),
        sa.Column("action", AnyText, nullable=False),
        sa.Column("subject", AnyText, nullable=False),
        sa.Column("outcome", AnyText, nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("request_id", AnyText, nullable=False),
        sa.Column("previous", AnyText, nullable=False),
        sa.Column("digest", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit_entry"),
    )
    for column in ("actor", "action", "subject"):
        op.create_index(f"ix_audit_entry_{column}_sequence", "audit_entry", [column, "sequence"])
    op.create_table(
        "server_state",
        sa.Column("key", AnyText, nullable=False),
        sa.Column("value", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_server_state"),
    )
