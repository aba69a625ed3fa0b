"""Background work."""

from lading.access.verbs import Verb
from lading.console.answers import Answer, Page, Redirect
from lading.console.frame import Section
from lading.console.views.jobs import JobsView, job_row
from lading.console.views.notices import notice_of
from lading.console.visit import Visit
from lading.ports.jobs import JobState
from lading.workflows.background_work import UNFINISHED, retry_job, show_background_work
from lading.workflows.rights import may_on_installation

ROWS = 200


def show(visit: Visit) -> Answer:
    """Show what is queued, runs and failed, or what was done lately."""
    asked = visit.asked("state")
    states = (JobState(asked),) if asked in set(JobState) else UNFINISHED
    work = show_background_work(visit.services.jobs, visit.caller, states=states, limit=ROWS)
    may_retry = may_on_installation(visit.caller, Verb.ADMINISTER)
    view = JobsView(
        state=asked if asked in set(JobState) else "",
        counts={state.value: count for state, count in work.counts.items()},
        rows=tuple(job_row(report, visit.now, may_retry=may_retry) for report in work.newest),
        most=ROWS,
        notice=notice_of(visit.asked("done")),
    )
    return Page("jobs.html", "Background work", Section.JOBS, view)


def retry(visit: Visit) -> Answer:
    """Take a failed job on again."""
    services = visit.services
    retry_job(services.records, services.jobs, visit.caller, visit.written("key", limit=1000), visit.now)
    return Redirect("/jobs?done=job-retried")
