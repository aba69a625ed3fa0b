"""What the programs of each layer ask of others."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText, DigestText

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the table; layers that were analysed before are analysed again, by a newer analyser."""
    op.create_table(
        "layer_bindings",
        sa.Column("diff_id", DigestText, nullable=False),
        sa.Column("analyser", AnyText, nullable=False),
        sa.Column("bindings", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("diff_id", "analyser", name="pk_layer_bindings"),
    )
