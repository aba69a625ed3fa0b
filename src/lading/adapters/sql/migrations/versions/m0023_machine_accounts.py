"""How old a robot's secret is, and which other robot may renew it."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, Instant

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add the columns; the age of secrets that are there was never written down."""
    op.add_column("robot", sa.Column("secret_at", Instant))
    op.add_column("robot", sa.Column("rotator", AnyText, nullable=False, server_default=""))
