"""Durable jobs on DBOS: on a SQLite file of its own, or on PostgreSQL.

A job is one DBOS workflow whose id is the job's key, so taking a job twice is one job. Its runner is one
step, run at least once: after kill -9 the next start finds the workflow pending and runs it again.
Arguments are kept as JSON, never as pickles: whoever can write the jobs database must not gain code
execution in the worker.
"""

from collections.abc import Mapping
from typing import ClassVar

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from lading.ports.jobs import Job, JobRunner, JobState

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
        with SetWorkflowID(job.key):
            DBOS.enqueue_workflow(_QUEUE, _run_job, job.name, dict(job.arguments))

    def state(self, key: str) -> JobState | None:
        """Tell how far the job is."""
        status = DBOS.get_workflow_status(key)
        return _STATES[status.status] if status is not None else None

    def counts(self) -> Mapping[JobState, int]:
        """Count jobs by state."""
        counts = {}
        for state in (JobState.QUEUED, JobState.RUNNING, JobState.FAILED):
            words = [word for word, meaning in _STATES.items() if meaning is state]
            counts[state] = len(DBOS.list_workflows(status=words, load_input=False, load_output=False))
        return counts


@DBOS.workflow(name="lading.job", max_recovery_attempts=_MAX_RECOVERIES)
def _run_job(name: str, arguments: dict[str, str]) -> None:
    _run_step(name, arguments)


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
