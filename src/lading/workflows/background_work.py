"""Look at background work, and try again what failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lading.access.verbs import Verb
from lading.foundation.errors import NotFound
from lading.ports.jobs import JobReport, Jobs, JobState
from lading.ports.records.record_set import Records
from lading.registry.caller import Caller
from lading.workflows.rights import require_on_installation

MAX_JOBS = 500
UNFINISHED = (JobState.QUEUED, JobState.RUNNING, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class BackgroundWork:
    """How much there is, and the newest of it. Done jobs are not counted."""

    counts: Mapping[JobState, int]
    newest: Sequence[JobReport]


def show_background_work(
    jobs: Jobs, caller: Caller, *, states: Sequence[JobState] = UNFINISHED, limit: int = 100
) -> BackgroundWork:
    """Give the newest jobs in these states. Raises Unauthenticated or Forbidden."""
    require_on_installation(caller, Verb.READ_AUDIT)
    return BackgroundWork(jobs.counts(), jobs.reports(states, limit=min(limit, MAX_JOBS)))


def retry_job(records: Records, jobs: Jobs, caller: Caller, key: str, now: datetime) -> None:
    """Take a failed job on again. Raises Unauthenticated, Forbidden, or NotFound for what has not failed."""
    require_on_installation(caller, Verb.ADMINISTER)
    if not jobs.retry(key):
        raise NotFound(
            "job-not-failed",
            f"no failed job has the key {key!r}",
            hint="`lading admin jobs --state failed` lists those that failed",
        )
    with records.write() as kept:
        kept.audit.append(caller.did("job.retry", key, now))
