"""People whom a directory signs in, and what must not be accepted twice."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, Instant, Json

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Everybody who is there is signed in by this installation."""
    op.add_column("local_user", sa.Column("directory", AnyText, nullable=False, server_default=""))
    op.add_column("local_user", sa.Column("directory_id", AnyText, nullable=False, server_default=""))
    op.add_column("local_user", sa.Column("directory_groups", Json, nullable=False, server_default="[]"))
    op.create_index("ix_local_user_directory_directory_id", "local_user", ["directory", "directory_id"])
    op.create_table(
        "used_once",
        sa.Column("key_digest", AnyText, nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.PrimaryKeyConstraint("key_digest", name="pk_used_once"),
    )
    op.create_index("ix_used_once_until", "used_once", ["until"])
