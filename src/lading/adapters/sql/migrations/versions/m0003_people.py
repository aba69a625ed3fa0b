"""Accounts, teams, rights, browser sessions."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, Instant, Json

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables of people."""
    op.create_table(
        "browser_session",
        sa.Column("id_digest", AnyText, nullable=False),
        sa.Column("kind", AnyText, nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.Column("admin", sa.Boolean, nullable=False),
        sa.Column("groups", Json, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id_digest", name="pk_browser_session"),
    )
    op.create_index("ix_browser_session_expires_at", "browser_session", ["expires_at"])
    op.create_index("ix_browser_session_kind_name", "browser_session", ["kind", "name"])
    op.create_table(
        "local_user",
        sa.Column("name", AnyText, nullable=False),
        sa.Column("password_hash", AnyText, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("admin", sa.Boolean, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("groups", Json, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_local_user"),
    )
    op.create_table(
        "robot",
        sa.Column("name", AnyText, nullable=False),
        sa.Column("secret_hash", AnyText, nullable=False),
        sa.Column("grants", Json, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("created_by", AnyText, nullable=False),
        sa.Column("expires_at", Instant, nullable=True),
        sa.Column("last_used_at", Instant, nullable=True),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("description", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_robot"),
    )
    op.create_table(
        "role_binding",
        sa.Column("principal", AnyText, nullable=False),
        sa.Column("role", AnyText, nullable=False),
        sa.Column("pattern", AnyText, nullable=False),
        sa.Column("environment", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("principal", "role", "pattern", "environment", name="pk_role_binding"),
    )
    op.create_table(
        "server_key",
        sa.Column("id", AnyText, nullable=False),
        sa.Column("purpose", AnyText, nullable=False),
        sa.Column("algorithm", AnyText, nullable=False),
        sa.Column("public_pem", AnyText, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("retired_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_server_key"),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("key_digest", AnyText, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("first_at", Instant, nullable=False),
        sa.Column("last_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("key_digest", name="pk_sign_in_failure"),
    )
    op.create_table(
        "team",
        sa.Column("name", AnyText, nullable=False),
        sa.Column("contact", AnyText, nullable=False),
        sa.Column("on_call", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_team"),
    )
    op.create_table(
        "ownership",
        sa.Column("pattern", AnyText, nullable=False),
        sa.Column("team", AnyText, nullable=False),
        sa.ForeignKeyConstraint(["team"], ["team.name"], name="fk_ownership_team"),
        sa.PrimaryKeyConstraint("pattern", name="pk_ownership"),
    )
    op.create_index("ix_ownership_team", "ownership", ["team"])
