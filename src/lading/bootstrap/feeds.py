"""Feeds of advisories: where they come from, and bundles of them."""

from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

from lading.adapters.bundle_zip import open_bundle, read_bundle_keys, writing_bundle
from lading.adapters.feed_download import FeedDownloads
from lading.adapters.feed_files import open_feed_file
from lading.bootstrap.installation import Installation
from lading.ports.feed_file import OpenFeed
from lading.ports.feed_source import FetchedFeed
from lading.server.management.services import FeedServices
from lading.workflows.fetch_feeds import Subscriptions


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
