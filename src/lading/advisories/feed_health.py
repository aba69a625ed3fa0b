"""Whether a feed can be relied on: how old it is, and how fetching it goes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class FeedStanding(StrEnum):
    """From best to worst. A feed that nobody imported finds nothing, and so looks like a clean fleet."""

    FRESH = "fresh"
    OLD = "old"
    FAILING = "failing"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """``age`` counts from when the feed was made, where it says so; None where it was never imported."""

    standing: FeedStanding
    age: timedelta | None
    words: str


def health_of(
    *,
    imported_at: datetime | None,
    published_at: datetime | None,
    problem: str,
    now: datetime,
    max_age: timedelta,
) -> FeedHealth:
    """Judge: never imported, then too old, then failing to be fetched.

    A feed that was looked at again and is unchanged is as old as that look: nothing newer is published.
    """
    if imported_at is None:
        return FeedHealth(FeedStanding.MISSING, None, problem or "it was never imported")
    age = max(now - imported_at, timedelta())
    if age > max_age:
        words = f"it was last seen {_days(age)} ago, which is more than the {_days(max_age)} allowed"
        return FeedHealth(FeedStanding.OLD, age, f"{words}; {problem}" if problem else words)
    if problem:
        return FeedHealth(FeedStanding.FAILING, age, problem)
    made = f", made {_days(max(now - published_at, timedelta()))} ago" if published_at else ""
    return FeedHealth(FeedStanding.FRESH, age, f"seen {_days(age)} ago{made}")


def _days(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if hours < 48:
        return f"{hours} hour{'' if hours == 1 else 's'}"
    return f"{hours // 24} days"
