"""Passes that read everything again, and what they found damaged."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from lading.oci.digest import Digest
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.registry.scrub import Damage, Scrub


class ScrubRecords(Protocol):
    """Passes, and damaged blobs. Rules 1 to 5: ``lading.registry.scrub``."""

    def save_scrub(self, run: Scrub) -> bool:
        """Keep a pass, new or changed; False where somebody else has changed it meanwhile.

        A changed one has a ``revision`` that is one more than the one that is kept.
        """
        ...

    def scrub(self, run_id: str) -> Scrub | None:
        """The pass of this id."""
        ...

    def scrubs(self, *, limit: int) -> tuple[Scrub, ...]:
        """The newest passes, newest first."""
        ...

    def last_whole(self) -> Scrub | None:
        """The newest pass that came to its end."""
        ...

    def save_damage(self, damage: Damage) -> None:
        """Keep what was found, in place of what was known of this digest; caches of every repository that has
        it are old from then on."""
        ...

    def damage_of(self, digest: Digest) -> Damage | None:
        """The damage of a blob that is not healed."""
        ...

    def damages(self, *, healed: bool, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Damage]:
        """Damaged blobs by digest: those that are healed, or those that are not."""
        ...

    def heal(self, digests: Iterable[Digest], *, at: datetime, by: str) -> tuple[Digest, ...]:
        """Note that blobs are whole again; give those that were damaged."""
        ...

    def manifests_listing(self, digest: Digest, *, limit: int) -> tuple[Digest, ...]:
        """Manifests that list the blob, of every repository."""
        ...
