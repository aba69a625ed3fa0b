"""Jobs as rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lading.console.formats.instants import Instant, instant
from lading.console.views.badges import Badge, Tone
from lading.console.views.notices import Notice
from lading.ports.jobs import JobReport, JobState

_BADGES: Mapping[JobState, Badge] = {
    JobState.QUEUED: Badge(Tone.QUIET, "Queued"),
    JobState.RUNNING: Badge(Tone.WARN, "Running"),
    JobState.DONE: Badge(Tone.GOOD, "Done"),
    JobState.FAILED: Badge(Tone.BAD, "Failed"),
}


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job. ``ended`` is None until it has ended."""

    key: str
    name: str
    arguments: Mapping[str, str]
    badge: Badge
    reason: str
    taken: Instant
    ended: Instant | None
    may_retry: bool


@dataclass(frozen=True, slots=True)
class JobsView:
    """The whole page. ``state`` is empty for all but done; ``most`` is how many rows there can be."""

    state: str
    counts: Mapping[str, int]
    rows: tuple[JobRow, ...]
    most: int
    notice: Notice | None


def job_row(report: JobReport, now: datetime, *, may_retry: bool) -> JobRow:
    """Make a row."""
    return JobRow(
        key=report.job.key,
        name=report.job.name,
        arguments=report.job.arguments,
        badge=_BADGES[report.state],
        reason=report.reason,
        taken=instant(report.taken_at, now),
        ended=instant(report.ended_at, now) if report.ended_at else None,
        may_retry=may_retry and report.state is JobState.FAILED,
    )
