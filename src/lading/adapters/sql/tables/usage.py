"""How much projects may keep."""

import sqlalchemy as sa

from lading.adapters.sql.columns import AnyText, Instant
from lading.adapters.sql.tables.metadata import METADATA

QUOTA = sa.Table(
    "quota",
    METADATA,
    sa.Column("project", AnyText, primary_key=True),
    sa.Column("most_bytes", sa.BigInteger),
    sa.Column("most_artifacts", sa.BigInteger),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("made_by", AnyText, nullable=False),
)
