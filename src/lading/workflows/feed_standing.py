"""How each feed stands: its age, how fetching it went, and which that are subscribed to never came."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.advisories.all_formats import STARTER_FEED
from lading.advisories.feed_health import FeedHealth, FeedStanding, health_of
from lading.advisories.feed_realms import feed_for, speaks_for
from lading.oci.digest import Digest
from lading.packages.realm import Realm, RealmNumbers, realm_words
from lading.ports.records.advisories import FeedFetch, FeedRealm, FeedState
from lading.ports.records.record_set import Records, RecordSet


@dataclass(frozen=True, slots=True)
class FeedReport:
    """One feed. ``state`` is None where it was never imported, ``fetch`` where nobody tried to fetch it."""

    name: str
    state: FeedState | None
    fetch: FeedFetch | None
    health: FeedHealth
    speaks_for: tuple[FeedRealm, ...] = ()  # what it does not name in these is not affected


@dataclass(frozen=True, slots=True)
class FeedGap:
    """Packages that some image has and that no feed that is held speaks for.

    ``realms`` are those of which one would be needed, ``feeds`` what could be imported for it.
    """

    realms: tuple[Realm, ...]
    packages: int  # distinct versions

    @property
    def words(self) -> str:
        """What is missing."""
        return realm_words(self.realms)

    @property
    def feeds(self) -> tuple[str, ...]:
        """Feeds that would do, where any are known."""
        return tuple(filter(None, map(feed_for, self.realms)))


def unjudged_in(kept: RecordSet, image: Digest) -> RealmNumbers:
    """The packages of an image for which no advisories are held: nothing can be told of them."""
    counts = kept.matches.finding_counts([image]).get(image)
    return counts.unjudged if counts else {}


def feed_gaps(records: Records) -> tuple[FeedGap, ...]:
    """What no feed speaks for, the most packages first."""
    with records.read() as kept:
        missing = kept.matches.unjudged_packages()
    gaps = (FeedGap(realms, number) for realms, number in missing.items())
    return tuple(sorted(gaps, key=lambda gap: (-gap.packages, gap.words)))


def feed_reports(
    records: Records, subscribed: Iterable[str], max_age: timedelta, now: datetime
) -> tuple[FeedReport, ...]:
    """Every feed that is held or subscribed to, by name. What the program ships has no age of its own."""
    with records.read() as kept:
        states = {state.name: state for state in kept.advisories.feeds() if state.name != STARTER_FEED}
        fetches = {fetch.name: fetch for fetch in kept.advisories.fetches()}
        spoken: dict[str, list[FeedRealm]] = {}
        for each in kept.advisories.feed_realms():
            if speaks_for(each.feed, each.realm):
                spoken.setdefault(each.feed, []).append(each)
    reports: list[FeedReport] = []
    for name in sorted(states.keys() | fetches.keys() | set(subscribed)):
        state, fetch = states.get(name), fetches.get(name)
        health = health_of(
            imported_at=state.imported_at if state else None,
            published_at=state.published_at if state else None,
            problem=fetch.problem if fetch else "",
            now=now,
            max_age=max_age,
        )
        reports.append(FeedReport(name, state, fetch, health, tuple(spoken.get(name, ()))))
    return tuple(reports)


def unhealthy(reports: Iterable[FeedReport]) -> tuple[FeedReport, ...]:
    """Those to be alarmed about, the worst first."""
    order = list(FeedStanding)
    bad = [report for report in reports if report.health.standing is not FeedStanding.FRESH]
    return tuple(sorted(bad, key=lambda report: (-order.index(report.health.standing), report.name)))
