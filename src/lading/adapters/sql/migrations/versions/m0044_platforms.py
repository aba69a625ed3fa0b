"""The platforms that an environment runs, and what the gate said of each."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import Json

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    """Environments that are there do not say what they run."""
    for table in ("environment", "promotion"):
        op.add_column(table, sa.Column("platforms", Json, nullable=False, server_default="[]"))
