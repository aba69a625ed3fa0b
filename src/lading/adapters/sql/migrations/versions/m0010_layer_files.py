"""The files of each layer."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, DigestText

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table; layers that were analysed before are analysed again, by a newer analyser."""
    op.create_table(
        "layer_files",
        sa.Column("diff_id", DigestText, nullable=False),
        sa.Column("analyser", AnyText, nullable=False),
        sa.Column("blob", AnyText, nullable=False),
        sa.Column("files", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("diff_id", "analyser", "blob", name="pk_layer_files"),
    )
