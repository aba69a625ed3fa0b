"""Findings that a statement of VEX clears, for every image alike."""

from collections.abc import Iterable

from lading.advisories.vex import VexStatement, strongest
from lading.matching.finding import Finding, Reason, Rule


class Statements:
    """Statements about packages, by flaw. Those about certain images are not looked at here."""

    def __init__(self, statements: Iterable[VexStatement]) -> None:
        self._by_flaw: dict[str, list[VexStatement]] = {}
        for statement in statements:
            if not statement.images:
                for flaw in statement.flaws:
                    self._by_flaw.setdefault(flaw, []).append(statement)

    def __bool__(self) -> bool:
        return bool(self._by_flaw)

    def clearing(self, finding: Finding) -> VexStatement | None:
        """The statement that counts about the finding, where it says that the package does not have it."""
        found = {
            statement.id: statement
            for name in finding.names
            for statement in self._by_flaw.get(name, ())
            if statement.covers_package(finding.package)
        }
        counts = strongest(found.values())
        return counts if counts is not None and counts.status.clears else None


def cleared_reason(would_be: Reason, statement: VexStatement) -> Reason:
    """The reason of a finding that is cleared, with what it would have been."""
    return Reason(
        Rule.STATED,
        name=would_be.name,
        version=would_be.version,
        scheme=would_be.scheme,
        fixed=would_be.fixed,
        says=statement.words,
        also=(f"vex {statement.id}", *would_be.also)[:20],
        unheld=would_be.unheld,
    )
