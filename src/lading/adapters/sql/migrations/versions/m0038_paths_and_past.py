"""Where files stand by their path, changes of verdicts by flaw, and packages by what they need."""

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.columns import AnyText
from lading.adapters.sql.contents_paths import index_paths
from lading.image import file_list

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Make the tables and the index, and fill in the files of layers that are known."""
    op.create_table(
        "file_name",
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("name", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_file_name"),
    )
    op.create_index("ix_file_name_name", "file_name", ["name"])
    op.create_table(
        "file_folder",
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("path", AnyText, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_file_folder"),
    )
    op.create_table(
        "layer_path",
        sa.Column("name_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("folder_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("layer_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("name_id", "folder_id", "layer_id", name="pk_layer_path"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_verdict_change_flaw", "verdict_change", ["flaw"])
    op.create_index("ix_package_type_distro_owner", "package", ["type", "distro", "owner"])
    _index(op.get_bind())


def _index(connection: sa.Connection) -> None:
    key = ("diff_id", "analyser", "blob")
    layer = sa.table("layer", sa.column("id", sa.BigInteger), *(sa.column(name, AnyText) for name in key))
    files = sa.table(
        "layer_files", sa.column("files", sa.LargeBinary), *(sa.column(name, AnyText) for name in key)
    )
    wanted = sa.select(layer.c.id, files.c.files).where(*(layer.c[name] == files.c[name] for name in key))
    last = 0
    while row := connection.execute(wanted.where(layer.c.id > last).order_by(layer.c.id).limit(1)).first():
        index_paths(connection, row.id, file_list.decode(row.files))
        last = row.id
