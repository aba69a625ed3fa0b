"""Instants as text."""

from datetime import UTC, datetime


def rfc3339(instant: datetime) -> str:
    """Write an aware datetime in UTC, to the second or as precise as it is: ``2026-01-31T07:30:00Z``."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone could be any of a whole day")
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
