"""VEX statements in SQL."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection, one_of
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.tables.vex import VEX_FLAW, VEX_STATEMENT
from lading.adapters.sql.writing import insert_new, upsert
from lading.advisories.vex import VexStatement
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.vex import StoredStatement


class SqlVex(OnConnection):
    """See ``lading.ports.records.vex.VexRecords``."""

    __slots__ = ()

    def add(self, statements: Iterable[VexStatement], *, at: datetime, by: str) -> int:
        """Keep statements."""
        count = 0
        for statement in statements:
            row = {
                "id": statement.id,
                "document": statement.document,
                "statement": msgspec.to_builtins(statement),
                "added_at": at,
                "added_by": by,
                "retired_at": None,
                "retired_by": "",
            }
            upsert(self._connection, VEX_STATEMENT, row)
            self._connection.execute(VEX_FLAW.delete().where(VEX_FLAW.c.statement == statement.id))
            flaws = [{"flaw": flaw, "statement": statement.id} for flaw in dict.fromkeys(statement.flaws)]
            insert_new(self._connection, VEX_FLAW, flaws)
            count += 1
        return count

    def retire(self, statement_id: str, *, at: datetime, by: str) -> VexStatement | None:
        """Let a statement count no more."""
        found = self._retire(VEX_STATEMENT.c.id == statement_id, at, by)
        return found[0] if found else None

    def retire_document(self, document: str, *, at: datetime, by: str) -> tuple[VexStatement, ...]:
        """The same of all statements of a document that count."""
        return self._retire(VEX_STATEMENT.c.document == document, at, by)

    def about(self, flaws: Iterable[str]) -> tuple[VexStatement, ...]:
        """Statements that count about any of these names."""
        ids = sa.select(VEX_FLAW.c.statement).where(VEX_FLAW.c.flaw.in_(one_of(self._connection, flaws)))
        wanted = sa.select(VEX_STATEMENT.c.statement).where(
            VEX_STATEMENT.c.id.in_(ids), VEX_STATEMENT.c.retired_at.is_(None)
        )
        return tuple(_statement(value) for value in self._connection.execute(wanted).scalars())

    def statements(
        self, *, only_current: bool = True, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[StoredStatement]:
        """All statements, by id."""
        wanted = sa.select(VEX_STATEMENT)
        if only_current:
            wanted = wanted.where(VEX_STATEMENT.c.retired_at.is_(None))
        return fetch_page(self._connection, wanted, (VEX_STATEMENT.c.id,), _stored, after=after, limit=limit)

    def _retire(self, these: sa.ColumnElement[bool], at: datetime, by: str) -> tuple[VexStatement, ...]:
        current = sa.and_(these, VEX_STATEMENT.c.retired_at.is_(None))
        rows = self._connection.execute(sa.select(VEX_STATEMENT.c.statement).where(current)).scalars().all()
        self._connection.execute(VEX_STATEMENT.update().where(current).values(retired_at=at, retired_by=by))
        return tuple(_statement(value) for value in rows)


def _statement(value: object) -> VexStatement:
    return msgspec.convert(value, VexStatement)


def _stored(row: sa.Row[Any]) -> StoredStatement:
    return StoredStatement(
        _statement(row.statement), row.added_at, row.added_by, row.retired_at, row.retired_by
    )
