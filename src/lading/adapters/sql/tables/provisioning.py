"""What identity providers said of people by SCIM, and the tokens that they say it with."""

import sqlalchemy as sa

from lading.adapters.sql.columns import AnyText, Instant, Json
from lading.adapters.sql.tables.metadata import METADATA

PROVISIONING_TOKEN = sa.Table(
    "provisioning_token",
    METADATA,
    sa.Column("directory", AnyText, primary_key=True),
    sa.Column("digest", AnyText, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", AnyText, nullable=False),
    sa.Column("last_used_at", Instant),
    sa.Index(None, "digest", unique=True),
)

PROVISIONED_PERSON = sa.Table(
    "provisioned_person",
    METADATA,
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("directory", AnyText, nullable=False),
    sa.Column("external_id", AnyText, nullable=False),
    sa.Column("said", Json, nullable=False),
    sa.Column("ended", AnyText, nullable=False),
    sa.Index(None, "directory", "external_id"),
)

PROVISIONED_GROUP = sa.Table(
    "provisioned_group",
    METADATA,
    sa.Column("id", AnyText, primary_key=True),
    sa.Column("directory", AnyText, nullable=False),
    sa.Column("name", AnyText, nullable=False),
    sa.Column("external_id", AnyText, nullable=False),
    sa.Index(None, "directory", "name", unique=True),
)

PROVISIONED_MEMBER = sa.Table(
    "provisioned_member",
    METADATA,
    sa.Column("group_id", AnyText, primary_key=True),
    sa.Column("person", AnyText, primary_key=True),
    sa.Index(None, "person"),
)
