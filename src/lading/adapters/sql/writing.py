"""Writing rows that may be there already, in one statement on both databases."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Rows = Sequence[Mapping[str, Any]]
Row = tuple[Any, ...]


def insert_one(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Insert the row unless one with the same unique columns is there; say whether it was written."""
    statement = _insert(connection, table).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(statement, row).first() is not None


def insert_new(connection: sa.Connection, table: sa.Table, rows: Rows) -> None:
    """Insert those of the rows whose unique columns are not there yet."""
    if rows:
        # Of many rows, psycopg does not say how many were written.
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), list(rows))


def insert_many(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert many rows that are not there, the quickest way that the database has.

    A row has a value for each column, in the table's order and as the database keeps it: no type converts it.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        with connection.connection.cursor().copy(f"COPY {table.name} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    names = [column.name for column in table.columns]
    statement = str(table.insert().compile(dialect=connection.dialect, column_keys=names))
    connection.exec_driver_sql(statement, list(rows))


def upsert(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> None:
    """Insert the row; where its primary key is there already, put the other columns in place of its own."""
    statement = _insert(connection, table)
    key = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in row if name not in key}
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), row)


def upsert_all(
    connection: sa.Connection, table: sa.Table, rows: Rows, *, only: Sequence[str] | None = None
) -> None:
    """Insert rows; where the primary key of one is there already, put its other columns in place, or ``only``
    some of them."""
    if rows:
        statement = _insert(connection, table)
        key = [column.name for column in table.primary_key]
        names = only if only is not None else [name for name in rows[0] if name not in key]
        changed = {name: statement.excluded[name] for name in names}
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), list(rows))


def _insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
