"""Manifests and blob sizes kept in the process, so that what is hot is answered without a thread or a query.

An entry is good while the repository's change stamp is the one that was read before the records were
(``ports.change_stamps``), and for ``FRESH_SECONDS`` at most: that bounds how long a process of another
machine, or one that was killed between its commit and its stamp, can leave us with an old tag.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

from lading.ports.change_stamps import ChangeStamps

FRESH_SECONDS = 10.0
_ENTRY_BYTES = 512  # what an entry costs beside its content, roughly

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ServedManifest:
    """A manifest as it goes over the wire. Of a cache, with what is known of its age."""

    digest: str
    media_type: str
    raw: bytes
    stale: str = ""  # why nothing newer is known
    cache_status: str = ""  # RFC 9211
    could_run: bool = False  # whether it is asked about before it is handed out


@dataclass(slots=True)
class _Entry(Generic[T]):
    value: T
    stamp: int
    until: float
    cost: int


class ContentCache(Generic[T]):
    """Values by (repository, name), the least recently used dropped beyond ``max_bytes``."""

    def __init__(self, stamps: ChangeStamps, *, max_bytes: int) -> None:
        self._stamps = stamps
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[tuple[str, str], _Entry[T]] = OrderedDict()

    def stamp(self, repository: str) -> int:
        """Read before the records are, and hand to ``put``."""
        return self._stamps.stamp(repository)

    def get(self, repository: str, name: str, now: float) -> T | None:
        """The value, if it is as good as asking the records."""
        key = (repository, name)
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.stamp != self._stamps.stamp(repository) or now >= entry.until:
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return entry.value

    def put(self, repository: str, name: str, value: T, *, stamp: int, now: float, size: int) -> None:
        """Keep a value that was read from the records after ``stamp`` was."""
        cost = size + _ENTRY_BYTES
        if cost > self._max_bytes // 4:  # one giant must not push out everything else
            return
        key = (repository, name)
        if key in self._entries:
            self._drop(key)
        self._entries[key] = _Entry(value, stamp, now + FRESH_SECONDS, cost)
        self._bytes += cost
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: tuple[str, str]) -> None:
        self._bytes -= self._entries.pop(key).cost
