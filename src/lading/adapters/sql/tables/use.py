"""What is used: pulls and deployments."""

import sqlalchemy as sa

from lading.adapters.sql.columns import AnyText, Instant
from lading.adapters.sql.tables.metadata import METADATA
from lading.adapters.sql.tables.registry import REPOSITORY

# ``name`` is a tag or a digest.
PULL = sa.Table(
    "pull",
    METADATA,
    sa.Column("repository_id", sa.ForeignKey(REPOSITORY.c.id), primary_key=True),
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("last_at", Instant, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
)

# Every digest that a container was ever known by: of its manifest, its index or its config.
DEPLOYED = sa.Table(
    "deployed",
    METADATA,
    sa.Column("digest", AnyText, primary_key=True),
)
