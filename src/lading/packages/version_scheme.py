"""What every ordering of versions offers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

MAX_VERSION_LENGTH = 512  # characters; the longest real version we know (a Go pseudo-version) has under 100


@dataclass(frozen=True, slots=True)
class VersionScheme:
    """How the versions of one ecosystem are ordered.

    ``order_key`` gives bytes whose order is the order of the versions, so that a database compares them;
    None where the text is no version of this scheme. ``rules`` names the document or program that defines it.
    """

    name: str
    rules: str
    order_key: Callable[[str], bytes | None]

    def key(self, text: str) -> bytes | None:
        """Give the key of a version, or None where its place in the order is undetermined. Never raises.

        Two keys are equal exactly when the scheme holds the versions to be equal (1.0 and 1.0.0 of PEP 440).
        """
        return _remembered_key(self.order_key, text) if 0 < len(text) <= MAX_VERSION_LENGTH else None


@lru_cache(maxsize=65536)  # matching asks for the same few bounds and versions again and again
def _remembered_key(order_key: Callable[[str], bytes | None], text: str) -> bytes | None:
    return order_key(text)
