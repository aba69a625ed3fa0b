"""Instants: how long ago for reading, the exact moment in UTC beside it, and the machine's form."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_MONTH = 30 * _DAY
_YEAR = 365 * _DAY
_STEPS = ((_YEAR, "year"), (_MONTH, "month"), (_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"))
_JUST_NOW = 45  # seconds


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment in the three forms that a page needs."""

    relative: str  # "3 hours ago", "in 2 days"
    exact: str  # "2026-11-22 03:51:04 UTC"
    machine: str  # RFC 3339, for <time datetime>


def instant(at: datetime, now: datetime) -> Instant:
    """Describe an aware moment, seen from ``now``."""
    utc = at.astimezone(UTC)
    return Instant(relative(at, now), f"{utc:%Y-%m-%d %H:%M:%S} UTC", f"{utc:%Y-%m-%dT%H:%M:%SZ}")


def instant_of_text(text: str, now: datetime) -> Instant | None:
    """Describe a moment that somebody else wrote; None where it is not RFC 3339 with an offset."""
    try:
        at = datetime.fromisoformat(text)
        return None if at.tzinfo is None else instant(at, now)
    except (ValueError, OverflowError):
        return None


def relative(at: datetime, now: datetime) -> str:
    """Say how long ago or how far ahead a moment is, in its largest whole unit."""
    seconds = (now - at).total_seconds()
    words = span(timedelta(seconds=abs(seconds)))
    if not words:
        return "just now"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def span(length: timedelta) -> str:
    """Say how long a span is, in its largest whole unit; empty for less than three quarters of a minute."""
    seconds = length.total_seconds()
    if seconds < _JUST_NOW:
        return ""
    for unit, name in _STEPS:
        if seconds >= unit:
            number = int(seconds // unit)
            return f"{number} {name}" + ("" if number == 1 else "s")
    return "1 minute"
