"""Work that goes on after the request that asked for it has been answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do. ``key`` is its identity: a job whose key was taken before is not done again.

    ``arguments`` are small strings (digests, names): what is large is fetched by digest when the job runs.
    """

    name: str
    key: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class JobReport:
    """One job and how it went. ``ended_at`` is None until it is done or failed."""

    job: Job
    state: JobState
    taken_at: datetime
    ended_at: datetime | None
    reason: str  # why it failed; empty for all others


JobRunner: TypeAlias = Callable[[Mapping[str, str]], None]
"""Does one kind of job. May run more than once for one job (at least once), so it is idempotent."""


class Jobs(Protocol):
    """A durable queue and its workers."""

    def enqueue(self, job: Job) -> None:
        """Take the job on; do nothing when its key was taken before. Returns when it is durably kept."""
        ...

    def state(self, key: str) -> JobState | None:
        """Tell how far the job with this key is; None when there never was one."""
        ...

    def counts(self) -> Mapping[JobState, int]:
        """Count the jobs that are queued, running and failed."""
        ...

    def reports(self, states: Sequence[JobState], *, limit: int) -> Sequence[JobReport]:
        """Give the newest jobs that are in one of ``states``, newest first."""
        ...

    def retry(self, key: str) -> bool:
        """Take a failed job on again, with the arguments it had; False when no failed job has the key."""
        ...

    def forget_done(self, before: datetime) -> int:
        """Forget jobs that were done before then, and return how many. Their keys can be taken again."""
        ...
