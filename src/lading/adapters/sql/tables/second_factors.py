"""Second factors of people."""

import sqlalchemy as sa

from lading.adapters.sql.columns import AnyText, Instant, Json
from lading.adapters.sql.tables.metadata import METADATA

SECOND_FACTOR = sa.Table(
    "second_factor",
    METADATA,
    sa.Column("person", AnyText, primary_key=True),
    sa.Column("sealed", AnyText, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("confirmed", sa.Boolean, nullable=False),
    sa.Column("last_step", sa.BigInteger, nullable=False),
    sa.Column("recovery", Json, nullable=False),
)
