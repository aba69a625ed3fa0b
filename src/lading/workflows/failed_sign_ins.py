"""Counting failures in a row, and how long they make everybody wait who comes under the same key."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from lading.access.lockout import FailureLimit, is_forgotten, locked_until
from lading.ports.records.people import PeopleRecords

FailureKeys: TypeAlias = Iterable[tuple[str, FailureLimit]]


def waiting_until(kept: PeopleRecords, keys: FailureKeys, now: datetime) -> datetime | None:
    """Until when nothing is tried; None where trying now is fine."""
    waits = []
    for key, limit in keys:
        failures = kept.failures(key)
        if failures is not None and not is_forgotten(failures.last_at, now):
            waits.append(locked_until(limit, failures.count, failures.last_at, now))
    return max((wait for wait in waits if wait is not None), default=None)


def count_failure(kept: PeopleRecords, keys: FailureKeys, now: datetime) -> datetime | None:
    """Count one more failure under each key; return until when nothing is tried after it."""
    waits = []
    for key, limit in keys:
        before = kept.failures(key)
        if before is not None and is_forgotten(before.last_at, now):
            kept.clear_failures(key)
        counted = kept.count_failure(key, at=now)
        waits.append(locked_until(limit, counted.count, now, now))
    return max((wait for wait in waits if wait is not None), default=None)
