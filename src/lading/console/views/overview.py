"""The overview: what needs somebody's attention, and how fresh our knowledge is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.console.formats.digests import short_digest
from lading.console.formats.instants import Instant, instant
from lading.console.formats.numbers import plural
from lading.console.views.badges import Badge, Tone
from lading.console.views.decisions import DecisionRow, decision_row
from lading.console.views.images import ImageRow
from lading.ports.records.advisories import FeedState
from lading.workflows.survey import Denial

AGEING_AFTER = timedelta(days=2)
OLD_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing to look at: a number, what it counts, what to do, and the list behind it."""

    number: int
    tone: Tone
    what: str
    says: str
    link: str
    even_none: bool = False  # none is what is wrong


@dataclass(frozen=True, slots=True)
class Total:
    """How many of something there are; the number is a link to them."""

    what: str
    number: str
    link: str


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One advisory feed and its age."""

    name: str
    count: int
    imported: Instant
    published: Instant | None
    badge: Badge


@dataclass(frozen=True, slots=True)
class DenialRow:
    """Something that was refused: its name, short enough for a narrow column, and its newest decision."""

    decision: DecisionRow
    name: str
    times: str  # empty for once


@dataclass(frozen=True, slots=True)
class OverviewView:
    """The whole page. ``attention`` holds only what is not zero."""

    attention: tuple[Attention, ...]
    totals: tuple[Total, ...]
    feeds: tuple[FeedRow, ...]
    recent: tuple[ImageRow, ...]
    denials: tuple[DenialRow, ...]
    registry: str  # host[:port], for the commands that empty pages suggest


def feed_rows(feeds: Iterable[FeedState], now: datetime) -> tuple[FeedRow, ...]:
    """One row for each feed; its age counts from when it was made, where it says so."""
    return tuple(
        FeedRow(
            feed.name,
            feed.count,
            instant(feed.imported_at, now),
            instant(feed.published_at, now) if feed.published_at else None,
            feed_badge(now - (feed.published_at or feed.imported_at)),
        )
        for feed in feeds
    )


def denial_row(denial: Denial, now: datetime) -> DenialRow:
    """Make a row; what is in this registry needs no host, and twelve digits of its digest."""
    decision = denial.newest.decision
    own = decision.repository and decision.image
    return DenialRow(
        decision=decision_row(denial.newest, now),
        name=f"{decision.repository}@{short_digest(decision.image)}" if own else denial.newest.reference,
        times=f"{denial.times} times" if denial.times > 1 else "",
    )


def feed_badge(age: timedelta) -> Badge:
    """How fresh a feed of this age is."""
    if age < AGEING_AFTER:
        return Badge(Tone.GOOD, "Fresh")
    if age < OLD_AFTER:
        return Badge(Tone.WARN, "Ageing", "Import it again: newer advisories are missing.")
    return Badge(Tone.BAD, "Old", "Import it again: what was published since is not found.")


def stale_feeds(feeds: Sequence[FeedState], now: datetime) -> Attention:
    """Remark feeds that are old, or that there is none: then 0 is what needs attention."""
    if not feeds:
        says = "Nothing can be called free of findings until one is."
        return Attention(0, Tone.BAD, "advisory feeds are imported", says, "#feeds", even_none=True)
    old = sum(feed_badge(now - (feed.published_at or feed.imported_at)).tone is Tone.BAD for feed in feeds)
    what = plural(old, "advisory feed is", "advisory feeds are") + " old"
    return Attention(old, Tone.WARN, what, "What was published since is not found.", "#feeds")


def attention_of(items: Iterable[Attention]) -> tuple[Attention, ...]:
    """Leave out what there is none of, and put the worst first."""
    order = (Tone.BAD, Tone.UNKNOWN, Tone.WARN, Tone.QUIET, Tone.GOOD)
    shown = (item for item in items if item.number or item.even_none)
    return tuple(sorted(shown, key=lambda item: order.index(item.tone)))
