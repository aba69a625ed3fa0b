"""Packages that wait to be matched stand in an index by name; a package's matches stand together."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import PLAIN_TEXT, ROW_ID, AnyText, Json

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column and the index; of packages with two names, either one groups them."""
    op.add_column("package", sa.Column("name_key", PLAIN_TEXT, nullable=False, server_default=""))
    op.execute(
        "UPDATE package SET name_key = coalesce((SELECT min(package_name.key) FROM package_name"
        " WHERE package_name.package_id = package.id), '')"
    )
    op.drop_index("ix_package_matched_id", table_name="package")
    waiting = sa.column("matched", sa.Boolean).is_(False)
    op.create_index(
        "ix_package_waiting",
        "package",
        ["name_key", "id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index("ix_package_source_name", "package", ["source_name"])
    op.drop_index("ix_image_layer_layer_id", table_name="image_layer")
    op.create_index(
        "ix_image_layer_layer_id_image_id_position", "image_layer", ["layer_id", "image_id", "position"]
    )
    if op.get_bind().dialect.name == "sqlite":
        _cluster_matches()


def _cluster_matches() -> None:
    """On SQLite, a table whose rows are kept in its primary key."""
    op.rename_table("package_match", "package_match_before")
    for name in ("ix_package_match_advisory", "ix_package_match_flaw"):
        op.drop_index(name, table_name="package_match_before")
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
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO package_match SELECT * FROM package_match_before ORDER BY package_id, flaw")
    op.drop_table("package_match_before")
    op.create_index("ix_package_match_advisory", "package_match", ["advisory"])
    op.create_index("ix_package_match_flaw", "package_match", ["flaw"])
