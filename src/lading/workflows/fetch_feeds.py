"""Fetch the feeds that the settings subscribe to, take in those that changed, match what they touch.

One feed that fails does not keep the others back: what went wrong is remembered, shown, and tried again.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.advisories.all_formats import format_of
from lading.advisories.public_feeds import place_of
from lading.foundation.errors import LadingError
from lading.ports.feed_file import OpenFeed
from lading.ports.feed_source import FeedSource, FetchedFeed
from lading.ports.records.advisories import FeedFetch
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.import_advisories import FeedArrival, import_advisories
from lading.workflows.match_packages import match_packages


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Which feeds, from where, how often."""

    feeds: tuple[str, ...]
    urls: Mapping[str, str]
    mirror: str
    every: timedelta


@dataclass(frozen=True, slots=True)
class FetchPorts:
    """What fetching needs."""

    records: Records
    source: FeedSource
    open_fetched: Callable[[FetchedFeed], AbstractContextManager[OpenFeed]]


@dataclass(frozen=True, slots=True)
class FetchOutcome:
    """What became of one feed; ``problem`` is empty where it went well."""

    feed: str
    changed: bool
    problem: str = ""


def due_feeds(records: Records, subscriptions: Subscriptions, now: datetime) -> tuple[str, ...]:
    """The feeds whose turn it is: never tried, or tried at least ``every`` ago."""
    with records.read() as kept:
        tried = {fetch.name: fetch.attempted_at for fetch in kept.advisories.fetches()}
    return tuple(
        feed for feed in subscriptions.feeds if feed not in tried or now - tried[feed] >= subscriptions.every
    )


def fetch_feeds(
    ports: FetchPorts,
    caller: Caller,
    subscriptions: Subscriptions,
    feeds: Iterable[str],
    clock: Callable[[], datetime],
) -> tuple[FetchOutcome, ...]:
    """Fetch and import each of ``feeds``, then match; refusals and failures are in the outcomes."""
    outcomes = tuple(_fetch(ports, caller, subscriptions, feed, clock) for feed in feeds)
    if any(outcome.changed for outcome in outcomes):
        for _ in match_packages(ports.records, clock()):
            pass
    return outcomes


def _fetch(
    ports: FetchPorts,
    caller: Caller,
    subscriptions: Subscriptions,
    feed: str,
    clock: Callable[[], datetime],
) -> FetchOutcome:
    url = ""
    changed = False
    try:
        url = place_of(feed, urls=dict(subscriptions.urls), mirror=subscriptions.mirror)
        fetched = ports.source.fetch(feed, url)
        with ports.open_fetched(fetched) as opened:
            arrival = FeedArrival(feed, format_of(feed), opened.documents, opened.digest)
            outcome = import_advisories(ports.records, caller, arrival, clock())
        changed, problem = not outcome.unchanged, ""
    except LadingError as error:
        problem = f"{error.code}: {error}"
    now = clock()
    with ports.records.write() as kept:
        kept.advisories.note_fetch(FeedFetch(feed, url, now, None if problem else now, problem[:500]))
    return FetchOutcome(feed, changed, problem)
