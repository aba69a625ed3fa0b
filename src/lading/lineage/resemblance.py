"""Guessing the base of an image that was squashed, flattened or rebuilt: by what it holds.

A guess is never more than a guess, and is marked as one wherever it is shown: no gate lets an image pass
because of it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lading.oci.digest import Digest

LEAST_PACKAGES = 5  # fewer say nothing about where they come from
SQUASHED = 0.98  # of the base's packages are there in the very same version
REBUILT = 0.90  # of them are there by name


class Likeness(StrEnum):
    """How an image resembles a base."""

    SQUASHED = "squashed"  # the same contents in other layers
    REBUILT = "rebuilt"  # the same selection of packages in other versions


@dataclass(frozen=True, slots=True)
class Guess:
    """A base that the image may have been made from. ``share`` of the base's packages are in the image."""

    manifest: Digest
    likeness: Likeness
    share: float  # 0 to 1
    reason: str


def guess_base(
    packages: Collection[tuple[str, str]], bases: Mapping[Digest, Collection[tuple[str, str]]]
) -> Guess | None:
    """Compare packages (name, version) with those of bases; the largest base that fits is the guess."""
    own = frozenset(packages)
    names = frozenset(name for name, _ in own)
    guesses: list[tuple[tuple[bool, int, float], Guess]] = []
    for manifest, held in bases.items():
        theirs = frozenset(held)
        if len(theirs) < LEAST_PACKAGES:
            continue
        same = len(theirs & own) / len(theirs)
        named = _share_of(names, (name for name, _ in theirs))
        if same >= SQUASHED:
            reason = f"{same:.0%} of its {len(theirs)} packages are here in the same version"
            guesses.append(((True, len(theirs), same), Guess(manifest, Likeness.SQUASHED, same, reason)))
        elif named >= REBUILT:
            reason = f"{named:.0%} of its {len(theirs)} packages are here, {same:.0%} in the same version"
            guesses.append(((False, len(theirs), same), Guess(manifest, Likeness.REBUILT, same, reason)))
    return max(guesses, key=lambda each: each[0])[1] if guesses else None


def _share_of(own: frozenset[str], theirs: Iterable[str]) -> float:
    named = frozenset(theirs)
    return len(named & own) / len(named) if named else 0.0
