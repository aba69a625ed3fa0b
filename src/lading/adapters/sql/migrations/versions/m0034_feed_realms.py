"""What each feed speaks of, and the makers' names of packages that a distribution ships."""

from collections import Counter

import sqlalchemy as sa
from alembic import op

from lading.adapters.sql.advisories_documents import read_affected
from lading.adapters.sql.columns import AnyText
from lading.adapters.sql.contents_packages import name_key
from lading.packages.package_name import comparable_name

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Make the table and the index, and fill in what imports and analyses before this left out."""
    op.create_table(
        "feed_realm",
        sa.Column("feed", AnyText, nullable=False),
        sa.Column("type", AnyText, nullable=False),
        sa.Column("release", AnyText, nullable=False),
        sa.Column("statements", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("feed", "type", "release", name="pk_feed_realm"),
    )
    owned = sa.column("owner", sa.Text) != ""
    op.create_index("ix_package_owned", "package", ["distro"], sqlite_where=owned, postgresql_where=owned)
    _count_statements(op.get_bind())
    _name_owned(op.get_bind())


def _count_statements(connection: sa.Connection) -> None:
    said = sa.text(
        "SELECT advisory.feed AS feed, advisory_package.affected AS affected FROM advisory_package"
        " JOIN advisory ON advisory.id = advisory_package.advisory"
        " WHERE NOT advisory.withdrawn AND NOT advisory.removed"
    ).columns(feed=AnyText, affected=sa.LargeBinary)
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in connection.execute(said):
        names = {affected.package_name for _, affected in read_affected(row.affected)}
        counts.update((row.feed, name.type, name.release) for name in names)
    table = sa.table(
        "feed_realm",
        sa.column("feed", AnyText),
        sa.column("type", AnyText),
        sa.column("release", AnyText),
        sa.column("statements", sa.Integer),
    )
    rows = [
        {"feed": feed, "type": kind, "release": release, "statements": number}
        for (feed, kind, release), number in sorted(counts.items())
    ]
    if rows:
        connection.execute(table.insert(), rows)


def _name_owned(connection: sa.Connection) -> None:
    """Their names were those of the distribution only; advisories for any distribution may be missing."""
    package = sa.table(
        "package",
        sa.column("id", sa.BigInteger),
        *(sa.column(name, AnyText) for name in ("type", "namespace", "name", "source_name", "owner")),
        sa.column("matched", sa.Boolean),
    )
    names = sa.table("package_name", sa.column("package_id", sa.BigInteger), sa.column("key", AnyText))
    for row in connection.execute(sa.select(package).where(package.c.owner != "")).all():
        key = name_key(comparable_name(row.type, row.namespace, row.source_name or row.name, ""))
        connection.execute(names.delete().where(names.c.package_id == row.id))
        connection.execute(names.insert().values(package_id=row.id, key=key))
    connection.execute(package.update().where(package.c.owner != "").values(matched=False))
