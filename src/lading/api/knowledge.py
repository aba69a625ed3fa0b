"""Advisories, and who has what."""

from lading.api.message import Message


class FeedLine(Message):
    """One feed of advisories. Its age counts from ``published_at``, when it says that it was made."""

    name: str
    count: int
    imported_at: str
    published_at: str
    digest: str


class FeedImport(Message):
    """What an import did. ``refused`` are the first records that could not be read, with the reason."""

    feed: FeedLine
    added: int
    changed: int
    removed: int
    refused: list[str]
    refused_count: int
    rematched: int
    unchanged: bool


class HolderPlace(Message):
    """A repository that has the image."""

    repository: str
    tags: list[str]
    owner: str
    contact: str
    since: str  # when it was pushed there
    environments: list[str]


class HolderLine(Message):
    """An image that has what was asked for, and where it runs."""

    digest: str
    package: str
    version: str
    purl: str
    path: str
    layer: int
    status: str
    severity: str
    fixed_in: str
    fixed_by: str  # what to do about it: a newer package, or a newer base that brings one
    why: str
    places: list[HolderPlace]
    running: list[str]


class Acknowledge(Message):
    """What somebody says who takes note of a change."""

    word: str


class AcknowledgementLine(Message):
    """Who took note of a change, when, and what they said."""

    number: int
    by: str
    at: str
    word: str


class AlertLine(Message):
    """A verdict that changed. ``before`` and ``after`` are statuses, empty for no finding.

    ``acknowledged_by``, ``acknowledged_at`` and ``word`` are empty where nobody took note of it.
    """

    number: int
    at: str
    says: str
    flaw: str
    severity: str
    package: str
    version: str
    why: str
    before: str
    after: str
    fixed_in: str
    repositories: list[str]
    teams: list[str]
    images: int | None
    containers: int | None
    acknowledged_by: str
    acknowledged_at: str
    word: str


class WhoHas(Message):
    """The answer. For a flaw that is not ``known``, because no advisory names it, nothing is free of it."""

    question: str
    names: list[str]
    summary: str
    severity: str
    known_exploited: bool
    known: bool
    images: int | None  # of the whole answer; null for who may not see all of it
    containers: int | None  # that run, likewise
    at: str  # the past moment that the answer is about; empty for now
    holders: list[HolderLine]
    next: str
