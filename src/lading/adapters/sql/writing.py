"""Writing rows that may be there already, in one statement on both databases."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Rows = Sequence[Mapping[str, Any]]


def insert_new(connection: sa.Connection, table: sa.Table, rows: Rows) -> int:
    """Insert the rows whose unique columns are not there yet; return how many were written."""
    if not rows:
        return 0
    statement = _insert(connection, table).on_conflict_do_nothing()
    return _execute(connection, statement, rows)


def upsert(connection: sa.Connection, table: sa.Table, rows: Rows) -> None:
    """Insert the rows; where the primary key is there already, put the other columns in place of its own."""
    if not rows:
        return
    statement = _insert(connection, table)
    key = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    _execute(connection, statement.on_conflict_do_update(index_elements=key, set_=changed), rows)


def _insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _execute(connection: sa.Connection, statement: sa.Insert, rows: Rows) -> int:
    return connection.execute(statement, list(rows)).rowcount
