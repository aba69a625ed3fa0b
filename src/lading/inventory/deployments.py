"""Whether what one tag started runs one image: several digests under a tag are a deployment half done.

1. Containers that were started by a tag of ours are one deployment, by repository and tag.
2. It is *whole* when all of them run the digest that the tag points to now.
3. It is *behind* when the tag was moved and none of them runs what it points to now.
4. It is *mixed* when some do, or when they run several digests.

A digest is that of an image or of the index that lists it: ``same`` says which name one thing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from lading.oci.digest import Digest


class Wholeness(StrEnum):
    """How far a deployment has come."""

    WHOLE = "whole"
    MIXED = "mixed"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Started:
    """A container that was started by a tag."""

    repository: str
    tag: str
    digest: Digest
    host: str
    name: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """What runs of one tag, the most first. ``now`` is where the tag points, None where it is gone."""

    repository: str
    tag: str
    now: Digest | None
    running: tuple[tuple[Digest, tuple[Started, ...]], ...]

    @property
    def wholeness(self) -> Wholeness:
        """Rules 2 to 4."""
        digests = [digest for digest, _ in self.running]
        if self.now not in digests:
            return Wholeness.BEHIND
        return Wholeness.WHOLE if len(digests) == 1 else Wholeness.MIXED


def deployments(
    started: Iterable[Started],
    tag_now: Callable[[str, str], Digest | None],
    same: Callable[[str, Digest], Digest],
) -> tuple[Deployment, ...]:
    """Put containers together by rule 1, by repository and tag."""
    groups: dict[tuple[str, str], list[Started]] = {}
    for one in started:
        groups.setdefault((one.repository, one.tag), []).append(one)
    return tuple(_deployment(key, groups[key], tag_now(*key), same) for key in sorted(groups))


def _deployment(
    key: tuple[str, str],
    members: list[Started],
    now: Digest | None,
    same: Callable[[str, Digest], Digest],
) -> Deployment:
    repository, tag = key
    by_digest: dict[Digest, list[Started]] = {}
    for member in members:
        # What the tag points to is itself, also where an index lists it besides.
        digest = member.digest if member.digest == now else same(repository, member.digest)
        by_digest.setdefault(digest, []).append(member)
    ordered = sorted(by_digest.items(), key=lambda one: (-len(one[1]), one[0]))
    return Deployment(repository, tag, now, tuple((digest, tuple(those)) for digest, those in ordered))
