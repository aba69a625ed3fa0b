"""Work that comes round again: each turn of it is one job, whichever server asks for it first.

1. Time is cut into turns of ``every``, counted from the epoch; a turn's number is part of its job's key.
2. Every server asks for the turn that is now, now and then. The job engine takes a key once, so the turn is
   done once, also with many servers on one database.
3. Turns that passed while no server ran are not made up for: what the work looks at is as it is now.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lading.ports.jobs import Job, Jobs

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Periodic:
    """A kind of job that is done once in each turn of ``every``. Its arguments are empty."""

    job: str
    every: timedelta


def ask_for_turns(jobs: Jobs, periodic: Iterable[Periodic], now: datetime) -> None:
    """Ask for the turn of each that is now (rule 2)."""
    for work in periodic:
        jobs.enqueue(Job(work.job, f"{work.job}/{work.every.total_seconds():g}s/{_turn(work, now)}", {}))


def _turn(work: Periodic, now: datetime) -> int:
    """Rule 1."""
    return (now - _EPOCH) // work.every
