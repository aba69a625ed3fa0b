"""In which layers a content may be."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Make the table; it fills as layers are analysed, and analysed again by a newer analyser."""
    op.create_table(
        "file_digest",
        sa.Column("beginning", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("layer_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("beginning", "layer_id", name="pk_file_digest"),
        sqlite_with_rowid=False,
    )
