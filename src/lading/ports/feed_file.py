"""A feed's file that is open to be read."""

from collections.abc import Iterable
from typing import Protocol

from lading.advisories.feed import FeedDocument


class OpenFeed(Protocol):
    """A feed's file, open to be read once."""

    @property
    def documents(self) -> Iterable[FeedDocument]:
        """What is in it."""
        ...

    @property
    def digest(self) -> str:
        """Of the file as it came."""
        ...
