"""`/api/v1/jobs`: background work."""

from typing import Annotated

from fastapi import APIRouter, Query

from lading.api.jobs import JobKey, JobLine, JobsShown, JobStateWord
from lading.foundation.instants import rfc3339
from lading.ports.jobs import JobReport, JobState
from lading.server.management.asking import Asking, Services
from lading.workflows.background_work import MAX_JOBS, UNFINISHED, retry_job, show_background_work

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.get("")
def get_jobs(
    services: Services,
    caller: Asking,
    state: Annotated[list[JobStateWord], Query(description="all but done where none is given")] = [],  # noqa: B006
    limit: Annotated[int, Query(ge=1, le=MAX_JOBS)] = 100,
) -> JobsShown:
    """Show background work: how much there is, and the newest of it first."""
    states = tuple(JobState(word) for word in state) or UNFINISHED
    work = show_background_work(services.jobs, caller, states=states, limit=limit)
    return JobsShown(
        queued=work.counts[JobState.QUEUED],
        running=work.counts[JobState.RUNNING],
        failed=work.counts[JobState.FAILED],
        newest=[_line(report) for report in work.newest],
    )


@router.post("/retry")
def post_retry(services: Services, caller: Asking, body: JobKey) -> JobKey:
    """Take a failed job on again."""
    retry_job(services.records, services.jobs, caller, body.key, services.clock())
    return body


def _line(report: JobReport) -> JobLine:
    return JobLine(
        key=report.job.key,
        name=report.job.name,
        arguments=dict(report.job.arguments),
        state=report.state.value,
        taken_at=rfc3339(report.taken_at),
        ended_at=rfc3339(report.ended_at) if report.ended_at else "",
        reason=report.reason,
    )
