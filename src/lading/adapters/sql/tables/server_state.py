"""Facts about the installation."""

import sqlalchemy as sa

from lading.adapters.sql.columns import AnyText
from lading.adapters.sql.tables.metadata import METADATA

SERVER_STATE = sa.Table(
    "server_state",
    METADATA,
    sa.Column("key", AnyText, primary_key=True),
    sa.Column("value", AnyText, nullable=False),
)
