"""Whether a package was ever matched, also when it is to be matched again."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column; what is matched now was matched once."""
    op.add_column("package", sa.Column("ever_matched", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("UPDATE package SET ever_matched = matched")
