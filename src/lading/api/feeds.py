"""Feeds: how they stand, fetching them, and bundles of them."""

from lading.api.message import Message


class FeedHealthLine(Message):
    """How one feed stands: ``fresh``, ``old``, ``failing`` or ``missing``, and why in words."""

    name: str
    standing: str
    words: str
    count: int
    imported_at: str
    published_at: str
    attempted_at: str
    url: str
    speaks_for: list[str]  # "debian-12": what it does not name there is not affected


class FeedGapLine(Message):
    """Packages of images for which no advisories are held: nothing can be told of them."""

    realm: str
    packages: int  # distinct versions
    feeds: list[str]  # that would help, where any are known


class FetchLine(Message):
    """What became of fetching one feed; ``problem`` is empty where it went well."""

    feed: str
    changed: bool
    problem: str


class BundleLine(Message):
    """What became of one feed of a bundle that was imported."""

    feed: str
    count: int
    added: int
    changed: int
    removed: int
    unchanged: bool
