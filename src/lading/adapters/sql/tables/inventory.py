"""Hosts and the containers that were seen on them."""

import sqlalchemy as sa

from lading.adapters.sql.columns import ROW_ID, AnyText, Instant, Json
from lading.adapters.sql.tables.metadata import METADATA

HOST = sa.Table(
    "host",
    METADATA,
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("agent", AnyText, nullable=False),
    sa.Column("last_seen_at", Instant, nullable=False),
)

RUNNING_CONTAINER = sa.Table(
    "running_container",
    METADATA,
    sa.Column("sequence", ROW_ID, primary_key=True),
    sa.Column("host", sa.ForeignKey(HOST.c.name), nullable=False),
    sa.Column("container", AnyText, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Column("first_seen_at", Instant, nullable=False),
    sa.Column("last_seen_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.UniqueConstraint("host", "container"),
    sa.Index(None, "ended_at", "host", "container"),  # what runs is little beside what has ended
)

# Every digest by which a container's image may be asked for: its config, and the manifests it came by. Only
# of containers that run.
CONTAINER_IMAGE = sa.Table(
    "container_image",
    METADATA,
    sa.Column("container", sa.ForeignKey(RUNNING_CONTAINER.c.sequence), primary_key=True),
    sa.Column("digest", AnyText, primary_key=True),
    sa.Index(None, "digest"),
)
