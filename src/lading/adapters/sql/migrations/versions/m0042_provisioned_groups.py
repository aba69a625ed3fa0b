"""Groups that identity providers say by SCIM."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "provisioned_group",
        sa.Column("id", AnyText, nullable=False),
        sa.Column("directory", AnyText, nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.Column("external_id", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_provisioned_group"),
    )
    op.create_index(
        "ix_provisioned_group_directory_name", "provisioned_group", ["directory", "name"], unique=True
    )
    op.create_table(
        "provisioned_member",
        sa.Column("group_id", AnyText, nullable=False),
        sa.Column("person", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("group_id", "person", name="pk_provisioned_member"),
    )
    op.create_index("ix_provisioned_member_person", "provisioned_member", ["person"])
