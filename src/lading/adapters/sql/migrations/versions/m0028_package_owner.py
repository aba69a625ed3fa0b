"""Which package of an operating system ships a package."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Add the column."""
    op.add_column("package", sa.Column("owner", AnyText, nullable=False, server_default=""))
