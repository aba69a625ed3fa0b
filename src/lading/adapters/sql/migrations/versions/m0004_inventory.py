"""Hosts and the containers that were seen on them."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import ROW_ID, AnyText, Instant, Json

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables of the inventory."""
    op.create_table(
        "host",
        sa.Column("name", AnyText, nullable=False),
        sa.Column("agent", AnyText, nullable=False),
        sa.Column("last_seen_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_host"),
    )
    op.create_table(
        "running_container",
        sa.Column("sequence", ROW_ID, nullable=False),
        sa.Column("host", AnyText, nullable=False),
        sa.Column("container", AnyText, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("first_seen_at", Instant, nullable=False),
        sa.Column("last_seen_at", Instant, nullable=False),
        sa.Column("ended_at", Instant, nullable=True),
        sa.ForeignKeyConstraint(["host"], ["host.name"], name="fk_running_container_host"),
        sa.PrimaryKeyConstraint("sequence", name="pk_running_container"),
        sa.UniqueConstraint("host", "container", name="uq_running_container_host_container"),
    )
    op.create_index(
        "ix_running_container_ended_at_host_container",
        "running_container",
        ["ended_at", "host", "container"],
    )
    op.create_table(
        "container_image",
        sa.Column("container", ROW_ID, nullable=False),
        sa.Column("digest", AnyText, nullable=False),
        sa.ForeignKeyConstraint(
            ["container"], ["running_container.sequence"], name="fk_container_image_container"
        ),
        sa.PrimaryKeyConstraint("container", "digest", name="pk_container_image"),
    )
    op.create_index("ix_container_image_digest", "container_image", ["digest"])
