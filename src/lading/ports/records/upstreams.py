"""Other registries, the caches of them, and what is being brought in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lading.oci.digest import Digest
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.registry.rate_limits import Quota
from lading.registry.upstreams import Cache, Caches, UpstreamRegistry, UpstreamStanding


@dataclass(frozen=True, slots=True)
class CachedTag:
    """What an upstream said last of a tag, and when; ``stale`` says why it could not be asked since."""

    repository: str
    name: str
    digest: Digest
    checked_at: datetime
    stale: str = ""


@dataclass(frozen=True, slots=True)
class PendingManifest:
    """A manifest of an upstream whose content is not all here yet: it is served, and not an image of ours."""

    repository: str
    digest: Digest
    media_type: str
    raw: bytes
    fetched_at: datetime


class UpstreamRecords(Protocol):
    """Upstreams and caches are few: they are read whole."""

    def save_upstream(self, upstream: UpstreamRegistry) -> None:
        """Keep an upstream in place of the one of this name. How it stands is forgotten."""
        ...

    def upstreams(self) -> tuple[UpstreamRegistry, ...]:
        """All of them, by name."""
        ...

    def upstream(self, name: str) -> UpstreamRegistry | None:
        """One of them."""
        ...

    def remove_upstream(self, name: str) -> bool:
        """Forget an upstream; False where there is none. Ask first whether a cache needs it."""
        ...

    def standing(self, name: str) -> UpstreamStanding:
        """How it answers; that of one never asked where there is none."""
        ...

    def spend(self, name: str, now: datetime, *, since: datetime, most: int) -> bool:
        """Count a request in the hour that began after ``since``, else begin a new hour at ``now``.

        False, and nothing counted, where ``most`` are spent: also of servers that ask at the same moment.
        """
        ...

    def note_answer(self, name: str, now: datetime, failure: str, quota: Quota) -> None:
        """Note how it answered: ``failure`` is empty where it helped."""
        ...

    def save_cache(self, cache: Cache) -> None:
        """Keep a cache in place of the one of this prefix."""
        ...

    def caches(self) -> Caches:
        """All caches, by prefix."""
        ...

    def remove_cache(self, prefix: str) -> bool:
        """Forget a cache, what is pending in it and what was said of its tags; False where there is none."""
        ...

    def save_tag(self, tag: CachedTag) -> None:
        """Note what a tag is at, in place of what was known."""
        ...

    def tag(self, repository: str, name: str) -> CachedTag | None:
        """What was said of a tag."""
        ...

    def mark_stale(self, repository: str, name: str, why: str) -> None:
        """Note why nothing newer is known of a tag."""
        ...

    def remove_tag(self, repository: str, name: str) -> None:
        """Forget a tag: the upstream has it no more."""
        ...

    def tags(self, prefix: str, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[CachedTag]:
        """What is known of the tags of repositories below a prefix, by name."""
        ...

    def tags_at(self, repository: str, digest: Digest) -> tuple[str, ...]:
        """Names of the tags of a repository that are at a manifest."""
        ...

    def save_pending(self, manifest: PendingManifest) -> None:
        """Keep a manifest until its content is here. Keeping it again changes nothing."""
        ...

    def pending(self, repository: str, digest: Digest) -> PendingManifest | None:
        """A manifest that waits for its content."""
        ...

    def pending_in(self, repository: str, *, limit: int = DEFAULT_LIMIT) -> tuple[PendingManifest, ...]:
        """Manifests of a repository that wait, the newest first."""
        ...

    def pending_before(
        self, moment: datetime, media_types: Iterable[str], *, limit: int = DEFAULT_LIMIT
    ) -> tuple[PendingManifest, ...]:
        """Manifests of these types in all repositories that wait since before a moment, the oldest first."""
        ...

    def forget_pending(self, before: datetime) -> int:
        """Forget what waits since before a moment; return how many."""
        ...

    def remove_pending(self, repository: str, digests: Iterable[Digest]) -> None:
        """Forget manifests: their content is here, or nobody comes for it."""
        ...

    def take_lease(self, key: str, holder: str, now: datetime, until: datetime) -> bool:
        """Whether ``holder`` alone may bring something in until then, or go on doing it."""
        ...

    def end_lease(self, key: str, holder: str) -> None:
        """Give a lease back, where it is still ``holder``'s."""
        ...
