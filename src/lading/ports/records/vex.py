"""What is said of flaws in products, by us and by others, with its history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lading.advisories.vex import VexStatement
from lading.ports.records.page import DEFAULT_LIMIT, Page


@dataclass(frozen=True, slots=True)
class StoredStatement:
    """A statement with when and by whom it came here; ``retired_at`` when it ended to count."""

    statement: VexStatement
    added_at: datetime
    added_by: str
    retired_at: datetime | None = None
    retired_by: str = ""


class VexRecords(Protocol):
    """Statements, by flaw and by document."""

    def add(self, statements: Iterable[VexStatement], *, at: datetime, by: str) -> int:
        """Keep statements, in place of those with the same ids; return how many there are."""
        ...

    def retire(self, statement_id: str, *, at: datetime, by: str) -> VexStatement | None:
        """Let a statement count no more; None where none of this id counts."""
        ...

    def retire_document(self, document: str, *, at: datetime, by: str) -> tuple[VexStatement, ...]:
        """The same of all statements of a document that count."""
        ...

    def about(self, flaws: Iterable[str]) -> tuple[VexStatement, ...]:
        """Statements that count about any of these names."""
        ...

    def statements(
        self, *, only_current: bool = True, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[StoredStatement]:
        """All statements, by id."""
        ...
