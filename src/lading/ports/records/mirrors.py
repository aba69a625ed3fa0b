"""Mirrors, the tags that they are about, and their last runs."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.registry.mirrors import MirrorRule, MirrorTag, TagState


@dataclass(frozen=True, slots=True)
class MirrorRun:
    """One look at the upstream. ``ended_at`` is None while it goes on; ``at`` is what it is doing."""

    started_at: datetime
    ended_at: datetime | None = None
    looked: int = 0  # tags
    brought: int = 0
    at: str = ""
    failures: tuple[str, ...] = field(default=())


class MirrorRecords(Protocol):
    """Mirrors are few: they are read whole."""

    def save_mirror(self, rule: MirrorRule) -> None:
        """Keep a mirror in place of the one of this name; what is known of its tags and runs stays."""
        ...

    def mirrors(self) -> tuple[MirrorRule, ...]:
        """All of them, by name."""
        ...

    def mirror(self, name: str) -> MirrorRule | None:
        """One of them."""
        ...

    def remove_mirror(self, name: str) -> bool:
        """Forget a mirror and what is known of its tags; False where there is none."""
        ...

    def last_run(self, name: str) -> MirrorRun | None:
        """The last run, or the one that goes on."""
        ...

    def save_run(self, name: str, run: MirrorRun) -> None:
        """Note how far a run is."""
        ...

    def tag(self, rule: str, repository: str, tag: str) -> MirrorTag | None:
        """What is known of a tag."""
        ...

    def tags(
        self, rule: str, *, state: TagState | None = None, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[MirrorTag]:
        """What is known of the tags of a mirror, by name."""
        ...

    def save_tag(self, tag: MirrorTag) -> None:
        """Note what is known of a tag, in place of what was."""
        ...

    def counts(self, rule: str) -> dict[TagState, int]:
        """How many tags of a mirror are in each state."""
        ...
