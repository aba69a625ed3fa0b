"""Durable jobs on DBOS: on a SQLite file of its own, or on PostgreSQL.

A job is one DBOS workflow whose id is the job's key, so taking a job twice is one job. Its runner is one
step, run at least once: after kill -9 the next start finds the workflow pending and runs it again.
Arguments are kept as JSON, never as pickles: whoever can write the jobs database must not gain code
execution in the worker.
"""

import contextvars
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID, WorkflowStatus
from dbos import error as dbos_error

from lading.ports.jobs import Job, JobReport, JobRunner, JobState

_QUEUE = "lading"
_STATES = {
    "ENQUEUED": JobState.QUEUED,
    "DELAYED": JobState.QUEUED,
    "PENDING": JobState.RUNNING,
    "SUCCESS": JobState.DONE,
    "ERROR": JobState.FAILED,
    "CANCELLED": JobState.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": JobState.FAILED,
}
# Pending jobs are recovered only by the version that took them. The shape of a job is (name, arguments), and
# changes far less often than the code: this number changes with it and with nothing else.
_JOB_SHAPE = "1"
_MAX_RECOVERIES = 10  # a job that has taken the process down this often is failed, not tried for ever
_MAX_STEP_ATTEMPTS = 3
_FORGOTTEN_AT_ONCE = 500


class DbosJobs:
    """The job engine of one process. DBOS allows one at a time."""

    _runners: ClassVar[dict[str, JobRunner]] = {}

    def __init__(
        self,
        url: str,
        runners: Mapping[str, JobRunner],
        *,
        workers: int,
        executor: str = "local",
        polling_seconds: float = 0.2,
    ) -> None:
        """``url`` is ``sqlite:///…`` or ``postgresql://…``; ``executor`` is this process's stable name."""
        DbosJobs._runners = dict(runners)
        self._workers = workers
        self._polling_seconds = polling_seconds
        self._engine = _engine(url)
        config: DBOSConfig = {
            "name": "lading",
            "system_database_url": url,
            "system_database_engine": self._engine,
            "application_version": _JOB_SHAPE,
            "executor_id": executor,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
            "use_listen_notify": not url.startswith("sqlite"),
        }
        self._dbos = DBOS(config=config)

    def start(self) -> None:
        """Take up what an earlier life left, then work on the queue."""
        DBOS.launch()
        DBOS.register_queue(
            _QUEUE, worker_concurrency=self._workers, polling_interval_sec=self._polling_seconds
        )

    def stop(self) -> None:
        """Stop working; what is not finished is taken up at the next start."""
        DBOS.destroy(workflow_completion_timeout_sec=5)
        self._engine.dispose()

    def enqueue(self, job: Job) -> None:
        """Queue the job unless its key was taken before."""
        if job.name not in self._runners:
            raise KeyError(job.name)
        # Out of any context: what a job asks for from within its step would be taken for a part of the step.
        contextvars.Context().run(_enqueue, job)

    def state(self, key: str) -> JobState | None:
        """Tell how far the job is."""
        status = DBOS.get_workflow_status(key)
        return _STATES[status.status] if status is not None else None

    def counts(self) -> Mapping[JobState, int]:
        """Count jobs by state."""
        counts = {}
        for state in (JobState.QUEUED, JobState.RUNNING, JobState.FAILED):
            listed = DBOS.list_workflows(status=_words([state]), load_input=False, load_output=False)
            counts[state] = len(listed)
        return counts

    def reports(self, states: Sequence[JobState], *, limit: int) -> Sequence[JobReport]:
        """Give the newest jobs in these states."""
        return [
            _report(status)
            for status in DBOS.list_workflows(status=_words(states), limit=limit, sort_desc=True)
        ]

    def retry(self, key: str) -> bool:
        """Queue a failed job again.

        A finished workflow cannot be resumed, so it is deleted and enqueued anew. A crash between the two
        forgets the job, which is what made it necessary finds again at the next start.
        """
        status = DBOS.get_workflow_status(key)
        if status is None or _STATES[status.status] is not JobState.FAILED:
            return False
        job = _report(status).job
        DBOS.delete_workflow(key)
        self.enqueue(job)
        return True

    def forget_done(self, before: datetime) -> int:
        """Forget what was done before then, some at a time."""
        forgotten = 0
        while True:
            old = DBOS.list_workflows(
                status=_words([JobState.DONE]),
                completed_before=before.astimezone(UTC).isoformat(),
                limit=_FORGOTTEN_AT_ONCE,
                load_input=False,
                load_output=False,
            )
            if not old:
                return forgotten
            DBOS.delete_workflows([status.workflow_id for status in old])
            forgotten += len(old)


def _words(states: Iterable[JobState]) -> list[str]:
    """What DBOS calls these states."""
    wanted = frozenset(states)
    return [word for word, meaning in _STATES.items() if meaning in wanted]


def _report(status: WorkflowStatus) -> JobReport:
    name, arguments = status.input["args"] if status.input else ("", {})
    state = _STATES[status.status]
    reason = str(status.error) if status.error else ""
    if state is JobState.FAILED and not reason:
        reason = f"given up: {status.status.lower().replace('_', ' ')}"
    return JobReport(
        job=Job(str(name), status.workflow_id, dict(arguments)),
        state=state,
        taken_at=_instant(status.created_at or 0),
        ended_at=_instant(status.completed_at) if status.completed_at else None,
        reason=reason,
    )


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _enqueue(job: Job) -> None:
    with SetWorkflowID(job.key):
        DBOS.enqueue_workflow(_QUEUE, _run_job, job.name, dict(job.arguments))


@DBOS.workflow(name="lading.job", max_recovery_attempts=_MAX_RECOVERIES)
def _run_job(name: str, arguments: dict[str, str]) -> None:
    try:
        _run_step(name, arguments)
    except dbos_error.DBOSMaxStepRetriesExceeded as error:
        # Kept as the job's reason: what went wrong, not how often it was tried.
        raise RuntimeError(str(error.errors[-1])) from error


@DBOS.step(name="lading.job.run", retries_allowed=True, max_attempts=_MAX_STEP_ATTEMPTS, interval_seconds=0.5)
def _run_step(name: str, arguments: dict[str, str]) -> None:
    DbosJobs._runners[name](arguments)


def _engine(url: str) -> sa.Engine:
    if not url.startswith("sqlite"):
        return sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.close()

    return engine
