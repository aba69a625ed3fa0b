"""What is stored, what of it is needed, and the work of keeping it: collections."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lading.oci.digest import Digest
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.registry.collection import Collection


@dataclass(frozen=True, slots=True)
class Link:
    """A blob that a repository has."""

    repository: str
    digest: Digest
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class LinksScanned:
    """A stretch of all links: those in it that nobody needs, and where to go on (empty at the end)."""

    unneeded: tuple[Link, ...]
    examined: int
    next: str


@dataclass(frozen=True, slots=True)
class Freeable:
    """What a repository could free: bytes of content that nobody else has either."""

    repository: str
    links: int
    freed: int  # bytes


class StorageRecords(Protocol):
    """Sweeps, and the state of the collection under way. Rules C1 to C9: ``lading.registry.collection``."""

    def scan_links(self, *, claimed_before: datetime, after: str, limit: int) -> LinksScanned:
        """Look at up to ``limit`` links from ``after`` on for those that are neither listed nor claimed."""
        ...

    def sweep_links(self, links: Iterable[Link], *, claimed_before: datetime) -> tuple[Link, ...]:
        """Remove those of the links that are still unneeded, by rule C4; return them."""
        ...

    def unlinked(self, digests: Iterable[Digest]) -> tuple[Digest, ...]:
        """Those of the digests that no repository has linked."""
        ...

    def hold_unlinked(self, digests: Iterable[Digest]) -> tuple[Digest, ...]:
        """Close the gates of the digests until the block ends, and return those that are not linked: nobody
        can link them before it ends (rule C5)."""
        ...

    def freeable(self, *, claimed_before: datetime) -> tuple[Freeable, ...]:
        """What sweeping all unneeded links would free, by repository, the most first."""
        ...

    def sweep_analyses(self, *, limit: int) -> int:
        """Forget up to ``limit`` analyses of layers that no image has; return how many."""
        ...

    def unused_analyses(self) -> int:
        """How many analyses of layers no image has."""
        ...

    def links(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Link]:
        """Every link, in an order that stays."""
        ...

    def counts(self) -> tuple[int, int]:
        """How many links there are, and how many distinct blobs they link."""
        ...

    def save_collection(self, run: Collection) -> bool:
        """Keep a collection, new or changed; False where somebody else has changed it meanwhile.

        A changed one has a ``revision`` that is one more than the one that is kept.
        """
        ...

    def collection(self, run_id: str) -> Collection | None:
        """The collection of this id."""
        ...

    def collections(self, *, limit: int) -> tuple[Collection, ...]:
        """The newest collections, newest first."""
        ...
