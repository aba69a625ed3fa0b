"""Feeds of advisories: where they come from, bundles of them, and telling of what they changed."""

import contextlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.adapters.bundle_zip import open_bundle, read_bundle_keys, writing_bundle
from lading.adapters.feed_download import FeedDownloads
from lading.adapters.feed_files import open_feed_file
from lading.bootstrap.installation import Installation, clock
from lading.ports.feed_file import OpenFeed
from lading.ports.feed_source import FetchedFeed
from lading.ports.jobs import JobRunner
from lading.registry.caller import BoundRights, Caller
from lading.server.management.services import FeedServices
from lading.workflows.fetch_feeds import FetchPorts, Subscriptions, due_feeds, fetch_feeds
from lading.workflows.periodic_work import Periodic
from lading.workflows.tell_verdicts import TELL, tell_verdicts

_FETCH = "fetch-feeds"
FEED_PERIODIC = (
    Periodic(_FETCH, every=timedelta(minutes=15)),
    Periodic(TELL, every=timedelta(minutes=1)),
)


def open_fetched(fetched: FetchedFeed) -> AbstractContextManager[OpenFeed]:
    """Open what was fetched."""
    return open_feed_file(Path(fetched.file))


def subscriptions(installation: Installation) -> Subscriptions:
    """Which feeds are fetched by themselves."""
    feeds = installation.settings.feeds
    return Subscriptions(feeds.subscribe, feeds.urls, feeds.mirror, timedelta(hours=feeds.every_hours))


def feed_services(installation: Installation) -> FeedServices:
    """What the management API needs of feeds."""
    feeds = installation.settings.feeds
    return FeedServices(
        subscriptions=subscriptions(installation),
        max_age=timedelta(hours=feeds.max_age_hours),
        source=FeedDownloads(installation.folder.feeds),
        open_fetched=open_fetched,
        bundle_keys=read_bundle_keys(feeds.bundle_keys),
        writing_bundle=writing_bundle,
        open_bundle=open_bundle,
    )


def feed_jobs(installation: Installation) -> Mapping[str, JobRunner]:
    """The jobs of feeds, by name."""
    caller = Caller(SYSTEM, BoundRights(NO_BINDINGS))

    def fetch_due(_arguments: Mapping[str, str]) -> None:
        subscribed = subscriptions(installation)
        due = due_feeds(installation.records, subscribed, clock())
        if due:
            with contextlib.closing(FeedDownloads(installation.folder.feeds)) as source:
                ports = FetchPorts(installation.records, source, open_fetched)
                fetch_feeds(ports, caller, subscribed, due, clock)

    def tell(_arguments: Mapping[str, str]) -> None:
        tell_verdicts(installation.records, caller, clock())

    return {_FETCH: fetch_due, TELL: tell}
