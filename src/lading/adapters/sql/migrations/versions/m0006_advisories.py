"""Advisories, the packages they speak of, and what matching found."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import PLAIN_TEXT, ROW_ID, AnyText, Instant, Json

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables of advisories and matches."""
    op.create_table(
        "advisory",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("feed", AnyText, nullable=False),
        sa.Column("advisory_id", AnyText, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("document_digest", sa.LargeBinary, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("known_exploited", sa.Boolean, nullable=False),
        sa.Column("rating", AnyText, nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_advisory"),
        sa.UniqueConstraint("feed", "advisory_id", name="uq_advisory_feed_advisory_id"),
    )
    op.create_table(
        "feed",
        sa.Column("name", AnyText, nullable=False),
        sa.Column("imported_at", Instant, nullable=False),
        sa.Column("published_at", Instant, nullable=True),
        sa.Column("digest", AnyText, nullable=False),
        sa.Column("advisories", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_feed"),
    )
    op.create_table(
        "advisory_name",
        sa.Column("advisory", ROW_ID, nullable=False),
        sa.Column("name", AnyText, nullable=False),
        sa.ForeignKeyConstraint(["advisory"], ["advisory.id"], name="fk_advisory_name_advisory"),
        sa.PrimaryKeyConstraint("advisory", "name", name="pk_advisory_name"),
    )
    op.create_index("ix_advisory_name_name", "advisory_name", ["name"])
    op.create_table(
        "advisory_package",
        sa.Column("advisory", ROW_ID, nullable=False),
        sa.Column("key", PLAIN_TEXT, nullable=False),
        sa.Column("affected", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["advisory"], ["advisory.id"], name="fk_advisory_package_advisory"),
        sa.PrimaryKeyConstraint("advisory", "key", name="pk_advisory_package"),
    )
    op.create_index("ix_advisory_package_key", "advisory_package", ["key"])
    op.create_table(
        "package_match",
        sa.Column("package_id", ROW_ID, nullable=False),
        sa.Column("flaw", AnyText, nullable=False),
        sa.Column("advisory", ROW_ID, nullable=False),
        sa.Column("status", AnyText, nullable=False),
        sa.Column("severity", AnyText, nullable=False),
        sa.Column("fixed_in", AnyText, nullable=False),
        sa.Column("reason", Json, nullable=False),
        sa.ForeignKeyConstraint(["advisory"], ["advisory.id"], name="fk_package_match_advisory"),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], name="fk_package_match_package_id"),
        sa.PrimaryKeyConstraint("package_id", "flaw", name="pk_package_match"),
    )
    op.create_index("ix_package_match_advisory", "package_match", ["advisory"])
    op.create_index("ix_package_match_flaw", "package_match", ["flaw"])
