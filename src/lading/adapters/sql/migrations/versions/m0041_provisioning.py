"""What identity providers say of people by SCIM."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, Instant, Json

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "provisioning_token",
        sa.Column("directory", AnyText, nullable=False),
        sa.Column("digest", AnyText, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("created_by", AnyText, nullable=False),
        sa.Column("last_used_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("directory", name="pk_provisioning_token"),
    )
    op.create_index("ix_provisioning_token_digest", "provisioning_token", ["digest"], unique=True)
    op.create_table(
        "provisioned_person",
        sa.Column("name", AnyText, nullable=False),
        sa.Column("directory", AnyText, nullable=False),
        sa.Column("external_id", AnyText, nullable=False),
        sa.Column("said", Json, nullable=False),
        sa.Column("ended", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_provisioned_person"),
    )
    op.create_index(
        "ix_provisioned_person_directory_external_id", "provisioned_person", ["directory", "external_id"]
    )
