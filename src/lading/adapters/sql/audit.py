"""The chained log in SQL."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.paging import fetch_page, starts_with
from lading.adapters.sql.tables.audit import AUDIT_ENTRY
from lading.audit.chain import EMPTY, Head, link
from lading.audit.entry import Entry, Event
from lading.ports.records.audit import EVERYTHING, AuditFilter
from lading.ports.records.page import DEFAULT_LIMIT, Page

# Any constant will do that no other program takes in the same database; this one is "lading-a" in ASCII.
_APPEND_LOCK = int.from_bytes(b"lading-a")


class SqlAudit:
    """See ``lading.ports.records.audit.AuditRecords``."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def append(self, event: Event) -> None:
        """Chain an event to the head."""
        self.append_all([event])

    def append_all(self, events: Sequence[Event]) -> None:
        """Chain several, in their order."""
        if not events:
            return
        if self._connection.dialect.name == "postgresql":
            # SQLite has one writer; here two would see the same head. Held until the transaction ends.
            self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_APPEND_LOCK)))
        columns = AUDIT_ENTRY.c
        newest = sa.select(columns.sequence, columns.digest).order_by(columns.sequence.desc()).limit(1)
        row = self._connection.execute(newest).first()
        head = Head(row.sequence, row.digest) if row else EMPTY
        entries = []
        for event in events:
            entry = link(head, event)
            entries.append(entry)
            head = Head(entry.sequence, entry.digest)
        self._connection.execute(AUDIT_ENTRY.insert(), [_row(entry) for entry in entries])

    def head(self) -> Entry | None:
        """The newest entry."""
        newest = sa.select(AUDIT_ENTRY).order_by(AUDIT_ENTRY.c.sequence.desc()).limit(1)
        row = self._connection.execute(newest).first()
        return None if row is None else _entry(row)

    def entries_after(self, sequence: int, *, limit: int = DEFAULT_LIMIT) -> tuple[Entry, ...]:
        """The entries that follow, in their order."""
        columns = AUDIT_ENTRY.c
        wanted = sa.select(AUDIT_ENTRY).where(columns.sequence > sequence).order_by(columns.sequence)
        return tuple(_entry(row) for row in self._connection.execute(wanted.limit(limit)))

    def page(
        self,
        *,
        wanted: AuditFilter = EVERYTHING,
        newest_first: bool = True,
        after: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Entry]:
        """Entries by sequence."""
        columns = AUDIT_ENTRY.c
        statement = sa.select(AUDIT_ENTRY)
        if wanted.actor:
            statement = statement.where(columns.actor == wanted.actor)
        if wanted.action:
            noun = starts_with(columns.action, wanted.action + ".")
            statement = statement.where(sa.or_(columns.action == wanted.action, noun))
        if wanted.subject:
            statement = statement.where(starts_with(columns.subject, wanted.subject))
        return fetch_page(
            self._connection,
            statement,
            (columns.sequence,),
            _entry,
            after=after,
            limit=limit,
            descending=newest_first,
        )


def _row(entry: Entry) -> dict[str, object]:
    event = entry.event
    return {
        "sequence": entry.sequence,
        "at": event.at,
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "outcome": event.outcome,
        "details": event.details,
        "request_id": event.request_id,
        "previous": entry.previous,
        "digest": entry.digest,
    }


def _entry(row: sa.Row[Any]) -> Entry:
    event = Event(
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        outcome=row.outcome,
        details=row.details,
        request_id=row.request_id,
    )
    return Entry(row.sequence, event, row.previous, row.digest)
