"""Who is stepping a campaign: two that did would make every image twice."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, Instant

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Add the lease to campaigns."""
    op.add_column("campaign", sa.Column("holder", AnyText, nullable=False, server_default=""))
    op.add_column("campaign", sa.Column("leased_until", Instant, nullable=True))
