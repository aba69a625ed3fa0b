"""The work of keeping what is stored."""

import sqlalchemy as sa

from lading.adapters.sql.columns import ROW_ID, AnyText, Json
from lading.adapters.sql.tables.metadata import METADATA

COLLECTION = sa.Table(
    "collection",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("id", AnyText, nullable=False, unique=True),
    sa.Column("state", AnyText, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("document", Json, nullable=False),
)
