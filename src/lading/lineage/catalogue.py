"""The catalogue of bases: what teams may build on, why, until when, and what follows it.

An entry speaks for a repository, or for one tag pattern of it. Of several that speak for an image, the one
with a tag pattern counts, and then the longer name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase

from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import Malformed

MAX_TEXT = 4_000  # characters of one text of an entry
_TAG_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-*?[]!")


class BaseState(StrEnum):
    """Whether one may build on it."""

    APPROVED = "approved"
    DEPRECATED = "deprecated"  # until its date, with a warning; afterwards it counts as forbidden
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A base. ``repository`` is a pattern (``base/*``), ``tags`` too; empty stands for every tag."""

    repository: str
    tags: str = ""
    state: BaseState = BaseState.APPROVED
    purpose: str = ""  # what it is for
    contents: str = ""  # what is in it, and why
    tools: str = ""  # what there is to look around with, or what to use in its place
    owner: str = ""  # a team
    supported_until: date | None = None
    deprecated_on: date | None = None  # from then on nothing new may stand on it
    variants: tuple[str, ...] = ()  # references of those with a debugger, without a shell …
    successor: str = ""  # reference of what to move to

    @property
    def name(self) -> str:
        """How people name the entry."""
        return f"{self.repository}:{self.tags}" if self.tags else self.repository

    def speaks_for(self, repository: str, tags: Iterable[str]) -> bool:
        """Whether the entry is about an image in this repository with these tags."""
        if not RepositoryPattern.parse(self.repository).matches(repository):
            return False
        return not self.tags or any(fnmatchcase(tag, self.tags) for tag in tags)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a base stands today. ``entry`` is None where the catalogue does not know it."""

    state: BaseState | None
    entry: CatalogueEntry | None
    reason: str


def check_entry(entry: CatalogueEntry) -> CatalogueEntry:
    """Raise Malformed for an entry that cannot mean anything; return it."""
    RepositoryPattern.parse(entry.repository)
    if len(entry.tags) > 128 or not set(entry.tags) <= _TAG_CHARACTERS:
        raise Malformed("base-invalid", f"{entry.tags[:80]!r} is not a pattern of tags")
    texts = (entry.purpose, entry.contents, entry.tools, entry.owner, entry.successor, *entry.variants)
    if any(len(text) > MAX_TEXT for text in texts) or len(entry.variants) > 50:
        raise Malformed("base-invalid", f"a text of the entry has more than {MAX_TEXT} characters")
    if entry.state is BaseState.DEPRECATED and entry.deprecated_on is None:
        raise Malformed(
            "base-invalid",
            f"{entry.name} is to be deprecated, and no date is named",
            hint="say from when on nothing new may stand on it",
        )
    return entry


def entry_for(
    repository: str, tags: Iterable[str], entries: Iterable[CatalogueEntry]
) -> CatalogueEntry | None:
    """The entry that counts for an image."""
    named = tuple(tags)
    fitting = [entry for entry in entries if entry.speaks_for(repository, named)]
    return max(
        fitting,
        key=lambda entry: (bool(entry.tags), RepositoryPattern.parse(entry.repository).specificity),
        default=None,
    )


def standing_of(
    repository: str, tags: Iterable[str], entries: Iterable[CatalogueEntry], today: date
) -> Standing:
    """Whether one may build on an image of this repository with these tags, today, and why."""
    entry = entry_for(repository, tags, entries)
    if entry is None:
        return Standing(None, None, f"{repository} is not in the catalogue of bases")
    return standing_of_entry(entry, today)


def standing_of_entry(entry: CatalogueEntry, today: date) -> Standing:
    """Whether one may build on what an entry speaks for, today, and why."""
    instead = f"; move to {entry.successor}" if entry.successor else ""
    if entry.state is BaseState.FORBIDDEN:
        return Standing(BaseState.FORBIDDEN, entry, f"{entry.name} is forbidden{instead}")
    if entry.supported_until is not None and entry.supported_until < today:
        reason = f"support of {entry.name} ended on {entry.supported_until}{instead}"
        return Standing(BaseState.FORBIDDEN, entry, reason)
    if entry.state is BaseState.DEPRECATED and entry.deprecated_on is not None:
        if entry.deprecated_on <= today:
            reason = f"{entry.name} was to be left by {entry.deprecated_on}{instead}"
            return Standing(BaseState.FORBIDDEN, entry, reason)
        reason = f"{entry.name} is to be left by {entry.deprecated_on}{instead}"
        return Standing(BaseState.DEPRECATED, entry, reason)
    return Standing(BaseState.APPROVED, entry, "")
