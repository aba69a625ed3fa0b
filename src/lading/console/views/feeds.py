"""Feeds of advisories, and statements about findings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lading.advisories.feed_health import FeedStanding
from lading.advisories.vex_format import write_product
from lading.console.formats.instants import Instant, instant
from lading.console.formats.numbers import count
from lading.console.formats.sentences import sentence
from lading.console.views.badges import Badge, Tone
from lading.ports.records.vex import StoredStatement
from lading.workflows.feed_standing import FeedGap, FeedReport

MAX_REALMS = 8  # of what a feed speaks for, that are shown
_STANDINGS = {
    FeedStanding.FRESH: (Tone.GOOD, "Fresh"),
    FeedStanding.OLD: (Tone.BAD, "Old"),
    FeedStanding.FAILING: (Tone.WARN, "Failing"),
    FeedStanding.MISSING: (Tone.BAD, "Missing"),
}


@dataclass(frozen=True, slots=True)
class FeedStandingRow:
    """One feed."""

    name: str
    badge: Badge
    words: str
    speaks_for: str  # comma-separated, empty for nothing
    records: str
    imported: Instant | None
    made: Instant | None


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement."""

    flaw: str
    badge: Badge
    words: str
    products: tuple[str, ...]
    source: str
    added: Instant
    by: str


@dataclass(frozen=True, slots=True)
class KnowledgeView:
    """What findings rest on."""

    feeds: tuple[FeedStandingRow, ...]
    gaps: tuple[FeedGap, ...]
    statements: tuple[StatementRow, ...]
    more_statements: bool


def feed_standing_row(report: FeedReport, now: datetime) -> FeedStandingRow:
    """Make a row."""
    tone, text = _STANDINGS[report.health.standing]
    state = report.state
    return FeedStandingRow(
        name=report.name,
        badge=Badge(tone, text),
        words=sentence(report.health.words),
        speaks_for=_listed([each.realm.words for each in report.speaks_for]),
        records=count(state.count) if state else "0",
        imported=instant(state.imported_at, now) if state else None,
        made=instant(state.published_at, now) if state and state.published_at else None,
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MAX_REALMS])
    return f"{shown} and {len(names) - MAX_REALMS:,} more" if len(names) > MAX_REALMS else shown


def statement_rows(stored: Iterable[StoredStatement], now: datetime) -> tuple[StatementRow, ...]:
    """Make rows."""
    return tuple(_statement_row(each, now) for each in stored)


def _statement_row(stored: StoredStatement, now: datetime) -> StatementRow:
    said = stored.statement
    products = [*map(write_product, said.packages), *map(write_product, said.images)]
    clears = said.status.clears
    return StatementRow(
        flaw=said.flaws[0] if said.flaws else "",
        badge=Badge(Tone.GOOD if clears else Tone.QUIET, said.status.value.replace("_", " ").capitalize()),
        words=sentence(said.words),
        products=tuple(products[:5]),
        source=said.signer or said.source,
        added=instant(stored.added_at, now),
        by=stored.added_by,
    )
