"""Advisories, and how fresh the feeds are that they came from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lading.advisories.advisory import Advisory, Severity
from lading.advisories.exploit_score import ExploitScore
from lading.packages.package import Package
from lading.packages.package_name import PackageName
from lading.packages.realm import Realm


@dataclass(frozen=True, slots=True)
class FeedState:
    """What was last imported from one feed."""

    name: str  # "osv/PyPI"
    imported_at: datetime
    published_at: datetime | None  # when the feed says it was made; its age counts from here
    digest: str  # of the file or files it was read from, and how they were read
    count: int  # advisories


@dataclass(frozen=True, slots=True)
class FeedChange:
    """What an import changed: advisory ids in order, and the packages whose matches that touches.

    ``names`` are those that added, changed and removed advisories speak of, or spoke of before.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    names: frozenset[PackageName]


@dataclass(frozen=True, slots=True)
class FeedRealm:
    """A realm that a feed says something of: in how many statements that stand."""

    feed: str
    realm: Realm
    statements: int


@dataclass(frozen=True, slots=True)
class FeedFetch:
    """How fetching a feed went last. ``problem`` is empty where it went well."""

    name: str
    url: str
    attempted_at: datetime
    succeeded_at: datetime | None
    problem: str


class AdvisoryRecords(Protocol):
    """Advisories by feed and id, by package, by alias."""

    def replace_feed(self, state: FeedState, advisories: Iterable[Advisory]) -> FeedChange:
        """Make ``advisories`` all that is known from the feed. Those that did not change are not written.

        The iterable is read once and never held whole. ``state.count`` is replaced by the number read; of
        several with one id the last counts. Findings that rest on an advisory that is gone stay until their
        packages are matched again, so that nothing looks safe in between. Raises Malformed
        ``advisory-of-other-feed``.
        """
        ...

    def change_feed(
        self, state: FeedState, changed: Iterable[Advisory], removed: Iterable[str]
    ) -> FeedChange:
        """Put ``changed`` in, take the ids ``removed`` out, and leave the rest of the feed as it is."""
        ...

    def drop_feed(self, name: str) -> FeedChange | None:
        """Take out a feed with all that it says; None when there is none of this name.

        As with ``replace_feed``, findings stay until their packages are matched again.
        """
        ...

    def feed_realms(self) -> tuple[FeedRealm, ...]:
        """What each feed speaks of, by feed and realm; what only withdrawn advisories speak of is absent."""
        ...

    def held_realms(self) -> frozenset[Realm]:
        """The realms that some feed speaks for: ``lading.advisories.feed_realms`` says which may."""
        ...

    def replace_scores(self, state: FeedState, scores: Iterable[ExploitScore]) -> int:
        """Make these all the scores there are; return how many. ``state.count`` is replaced by that."""
        ...

    def exploit_scores(self, names: Iterable[str]) -> Mapping[str, ExploitScore]:
        """The scores of those of these names that have one."""
        ...

    def all_scores(self) -> Iterator[ExploitScore]:
        """Every score, by flaw."""
        ...

    def note_fetch(self, fetch: FeedFetch) -> None:
        """Remember how fetching went; ``succeeded_at`` None keeps the time of the last success."""
        ...

    def fetches(self) -> tuple[FeedFetch, ...]:
        """How fetching each feed went last, by name."""
        ...

    def content_digests(self, feed: str) -> Mapping[str, bytes]:
        """A digest of all that each advisory of a feed says, by id."""
        ...

    def all_of(self, feed: str, ids: Iterable[str]) -> Iterator[Advisory]:
        """Whole advisories of a feed, by id."""
        ...

    def confirm_feed(self, name: str, *, at: datetime) -> bool:
        """The feed was looked at again and is as it is held; False when there is none of this name."""
        ...

    def feeds(self) -> tuple[FeedState, ...]:
        """Every feed, by name."""
        ...

    def advisory(self, feed: str, advisory_id: str) -> Advisory | None:
        """One advisory."""
        ...

    def named(self, name: str) -> tuple[Advisory, ...]:
        """Every advisory one of whose ``names`` (id, aliases, flaws) this is, by feed and id."""
        ...

    def candidates(self, packages: Iterable[Package]) -> tuple[Advisory, ...]:
        """Every advisory, withdrawn ones apart, that speaks of one of these packages; what it says of them.

        It speaks of one when ``Affected.package_name`` is in ``lading.packages.package_name.names_of`` it.
        """
        ...

    def severities(self, names: Iterable[str]) -> Mapping[str, Severity]:
        """The worst that any advisory says of each of these names; names that nobody rates are absent."""
        ...

    def known_exploited(self, names: Iterable[str]) -> frozenset[str]:
        """Those of these names that an advisory with ``known_exploited`` has among its own."""
        ...
