"""Where feeds are fetched from."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FetchedFeed:
    """A feed's file, whole. ``changed`` is False where the place says that it is the one we had."""

    file: str  # where it lies
    changed: bool


class FeedSource(Protocol):
    """Fetches files of feeds, each only where it changed, going on where it stopped."""

    def fetch(self, feed: str, url: str) -> FetchedFeed:
        """Fetch; raise Upstream ``feed-unreachable`` or OverLimit ``feed-too-large``.

        What was fetched in part stays, and the next call asks for the rest of it.
        """
        ...
