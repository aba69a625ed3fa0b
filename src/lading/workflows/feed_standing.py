"""How each feed stands: its age, how fetching it went, and which that are subscribed to never came."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.advisories.all_formats import STARTER_FEED
from lading.advisories.feed_health import FeedHealth, FeedStanding, health_of
from lading.ports.records.advisories import FeedFetch, FeedState
from lading.ports.records.record_set import Records


@dataclass(frozen=True, slots=True)
class FeedReport:
    """One feed. ``state`` is None where it was never imported, ``fetch`` where nobody tried to fetch it."""

    name: str
    state: FeedState | None
    fetch: FeedFetch | None
    health: FeedHealth


def feed_reports(
    records: Records, subscribed: Iterable[str], max_age: timedelta, now: datetime
) -> tuple[FeedReport, ...]:
    """Every feed that is held or subscribed to, by name. What the program ships has no age of its own."""
    with records.read() as kept:
        states = {state.name: state for state in kept.advisories.feeds() if state.name != STARTER_FEED}
        fetches = {fetch.name: fetch for fetch in kept.advisories.fetches()}
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
        reports.append(FeedReport(name, state, fetch, health))
    return tuple(reports)


def unhealthy(reports: Iterable[FeedReport]) -> tuple[FeedReport, ...]:
    """Those to be alarmed about, the worst first."""
    order = list(FeedStanding)
    bad = [report for report in reports if report.health.standing is not FeedStanding.FRESH]
    return tuple(sorted(bad, key=lambda report: (-order.index(report.health.standing), report.name)))
