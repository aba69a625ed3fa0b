"""The chained log of what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lading.audit.entry import Entry, Event
from lading.ports.records.page import DEFAULT_LIMIT, Page


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries to show. An empty member lets everything through.

    ``action`` is a whole action ("manifest.push") or its noun ("manifest"). ``subject`` is a prefix, so that
    a repository's name finds what was done to everything in it.
    """

    actor: str = ""
    action: str = ""
    subject: str = ""


EVERYTHING = AuditFilter()


class AuditRecords(Protocol):
    """Append and read; there is no way to change or remove."""

    def append(self, event: Event) -> None:
        """Chain an event to the head; sequences have no gaps, whoever else writes."""
        ...

    def append_all(self, events: Sequence[Event]) -> None:
        """Chain several, in their order."""
        ...

    def head(self) -> Entry | None:
        """The newest entry, None when there is none."""
        ...

    def entries_after(self, sequence: int, *, limit: int = DEFAULT_LIMIT) -> tuple[Entry, ...]:
        """The entries that follow the one of this sequence, in their order; 0 begins with the first."""
        ...

    def page(
        self,
        *,
        wanted: AuditFilter = EVERYTHING,
        newest_first: bool = True,
        after: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Entry]:
        """Entries by sequence; the page key is the sequence in decimal."""
        ...
