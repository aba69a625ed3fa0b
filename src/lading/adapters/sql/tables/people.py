"""Accounts, teams, rights, browser sessions."""

import sqlalchemy as sa

from lading.adapters.sql.columns import AnyText, Instant, Json
from lading.adapters.sql.tables.metadata import METADATA

LOCAL_USER = sa.Table(
    "local_user",
    METADATA,
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("password_hash", AnyText, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("admin", sa.Boolean, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("groups", Json, nullable=False),
    sa.Column("person", AnyText, nullable=False, server_default=""),
    sa.Column("directory", AnyText, nullable=False, server_default=""),
    sa.Column("directory_id", AnyText, nullable=False, server_default=""),
    sa.Column("directory_groups", Json, nullable=False, server_default="[]"),
    sa.Index(None, "directory", "directory_id"),
)

ROBOT = sa.Table(
    "robot",
    METADATA,
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("secret_hash", AnyText, nullable=False),
    sa.Column("grants", Json, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", AnyText, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("last_used_at", Instant),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("description", AnyText, nullable=False),
    sa.Column("secret_at", Instant),
    sa.Column("rotator", AnyText, nullable=False, server_default=""),
)

TEAM = sa.Table(
    "team",
    METADATA,
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("contact", AnyText, nullable=False),
    sa.Column("on_call", AnyText, nullable=False),
)

OWNERSHIP = sa.Table(
    "ownership",
    METADATA,
    sa.Column("pattern", AnyText, primary_key=True),
    sa.Column("team", sa.ForeignKey(TEAM.c.name), nullable=False),
    sa.Index(None, "team"),
)

ROLE_BINDING = sa.Table(
    "role_binding",
    METADATA,
    sa.Column("principal", AnyText, primary_key=True),
    sa.Column("role", AnyText, primary_key=True),
    sa.Column("pattern", AnyText, primary_key=True),
    sa.Column("environment", AnyText, primary_key=True),
)

ROLE = sa.Table(
    "role",
    METADATA,
    sa.Column("name", AnyText, primary_key=True),
    sa.Column("verbs", Json, nullable=False),
    sa.Column("description", AnyText, nullable=False),
)

BROWSER_SESSION = sa.Table(
    "browser_session",
    METADATA,
    sa.Column("id_digest", AnyText, primary_key=True),
    sa.Column("kind", AnyText, nullable=False),
    sa.Column("name", AnyText, nullable=False),
    sa.Column("admin", sa.Boolean, nullable=False),
    sa.Column("groups", Json, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("factor_due", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index(None, "kind", "name"),
    sa.Index(None, "expires_at"),
)

# The key is what somebody typed, of any length: its SHA-256 is kept in its place.
SIGN_IN_FAILURE = sa.Table(
    "sign_in_failure",
    METADATA,
    sa.Column("key_digest", AnyText, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("first_at", Instant, nullable=False),
    sa.Column("last_at", Instant, nullable=False),
)

# What must not be accepted twice: answers of directories, codes of authenticators.
USED_ONCE = sa.Table(
    "used_once",
    METADATA,
    sa.Column("key_digest", AnyText, primary_key=True),
    sa.Column("until", Instant, nullable=False),
    sa.Index(None, "until"),
)

SERVER_KEY = sa.Table(
    "server_key",
    METADATA,
    sa.Column("id", AnyText, primary_key=True),
    sa.Column("purpose", AnyText, nullable=False),
    sa.Column("algorithm", AnyText, nullable=False),
    sa.Column("public_pem", AnyText, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("retired_at", Instant),
)
