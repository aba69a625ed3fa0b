"""The chained log."""

import sqlalchemy as sa

from lading.adapters.sql.columns import ROW_ID, AnyText, Json
from lading.adapters.sql.tables.metadata import METADATA

AUDIT_ENTRY = sa.Table(
    "audit_entry",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True, autoincrement=False),
    sa.Column("at", AnyText, nullable=False),
    sa.Column("actor", AnyText, nullable=False),
    sa.Column("action", AnyText, nullable=False),
    sa.Column("subject", AnyText, nullable=False),
    sa.Column("outcome", AnyText, nullable=False),
    sa.Column("details", Json, nullable=False),
    sa.Column("request_id", AnyText, nullable=False),
    sa.Column("previous", AnyText, nullable=False),
    sa.Column("digest", AnyText, nullable=False),
    sa.Index(None, "actor", "sequence"),
    sa.Index(None, "action", "sequence"),
    sa.Index(None, "subject", "sequence"),
)
