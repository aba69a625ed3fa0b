"""How old an image may grow before it is built again, and how old it is.

1. The limit of a repository is that of the most specific pattern that matches it; without one there is none.
2. An image is as old as the oldest of its own layers: those above its nearest base from another repository,
   all of them where it has no such base or adds nothing to it. A layer's age counts from when it was first
   seen here. That is a fact of this registry; ``created`` of the config is a claim that any build can set,
   and is not used.
3. The oldest counts, not the newest: one more layer on top renews nothing, and neither does another base
   below. A layer that an old build cache gave out again is as old as it is. Layers without any file are the
   same in all images, and are left out.
4. An image whose layers were not looked into, or of which one was never seen here, has an unknown age. It
   is never called fresh. One for several platforms is as old as the oldest of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import Malformed
from lading.oci.digest import Digest

MAX_DAYS = 3650
_MOST_LIMITS = 1_000
# A tar archive without a file as Docker and BuildKit pack it, for steps that changed nothing.
_EMPTY = frozenset(
    Digest.parse(f"sha256:{text}")
    for text in (
        "a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4",
        "4f4fb700ef54461cfa02571ae0db9a0dc1e0cdb5577484a6d75e68dc38e8acc1",
    )
)


class Age(StrEnum):
    """How an image stands to its limit."""

    OVERDUE = "overdue"
    UNKNOWN = "could not tell"
    FRESH = "fresh"


def parse_limits(written: Mapping[str, str]) -> Mapping[RepositoryPattern, int]:
    """Read days by pattern. Raises Malformed for what is no pattern, or no number of days."""
    if len(written) > _MOST_LIMITS:
        raise Malformed("max-age-invalid", f"there are more than {_MOST_LIMITS} maximum ages")
    limits: dict[RepositoryPattern, int] = {}
    for pattern, days in written.items():
        if not (days.isascii() and days.isdecimal() and len(days) <= 4 and 1 <= int(days) <= MAX_DAYS):
            raise Malformed(
                "max-age-invalid",
                f"the maximum age of {pattern[:100]!r} is {days[:20]!r}",
                hint=f"write days, from 1 to {MAX_DAYS}",
            )
        limits[RepositoryPattern.parse(pattern)] = int(days)
    return limits


def limit_of(repository: str, limits: Mapping[RepositoryPattern, int]) -> int | None:
    """Rule 1: days, None for no limit."""
    matching = [pattern for pattern in limits if pattern.matches(repository)]
    return limits[max(matching, key=lambda pattern: pattern.specificity)] if matching else None


def since_of(layers: Sequence[Digest], base_depth: int, seen: Mapping[Digest, datetime]) -> datetime | None:
    """Rule 2: from when one image of these layers counts, the lowest first; None for an unknown age."""
    own = [layer for layer in layers[base_depth:] if layer not in _EMPTY]
    return oldest(seen.get(layer) for layer in own or layers)


def oldest(each: Iterable[datetime | None]) -> datetime | None:
    """Rule 4: the earliest; None where one is not known, or there is none."""
    moments = list(each)
    known = [moment for moment in moments if moment is not None]
    return min(known) if known and len(known) == len(moments) else None


def age_of(since: datetime | None, days: int, now: datetime) -> Age:
    """How it stands; one that is exactly as old as it may be is fresh."""
    if since is None or since > now:  # a clock that went back says nothing of an age
        return Age.UNKNOWN
    return Age.OVERDUE if now - since > timedelta(days=days) else Age.FRESH
