"""What is said of flaws in products, by us and by others."""

import sqlalchemy as sa

from lading.adapters.sql.columns import AnyText, Instant, Packed
from lading.adapters.sql.tables.metadata import METADATA

VEX_STATEMENT = sa.Table(
    "vex_statement",
    METADATA,
    sa.Column("id", AnyText, primary_key=True),
    sa.Column("document", AnyText, nullable=False),
    sa.Column("statement", Packed, nullable=False),
    sa.Column("added_at", Instant, nullable=False),
    sa.Column("added_by", AnyText, nullable=False),
    sa.Column("retired_at", Instant),  # it stays, as history
    sa.Column("retired_by", AnyText, nullable=False),
    sa.Index(None, "document"),
)

VEX_FLAW = sa.Table(
    "vex_flaw",
    METADATA,
    sa.Column("flaw", AnyText, primary_key=True),
    sa.Column("statement", sa.ForeignKey(VEX_STATEMENT.c.id), primary_key=True),
    sa.Index(None, "statement"),
)
