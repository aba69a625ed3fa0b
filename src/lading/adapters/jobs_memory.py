"""Jobs in this process's memory: for tests, and where losing the queue on a crash is acceptable."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from lading.ports.jobs import Job, JobReport, JobRunner, JobState


def _now() -> datetime:
    return datetime.now(UTC)


class MemoryJobs:
    """Runs jobs on a few threads, in the order they came."""

    def __init__(
        self, runners: Mapping[str, JobRunner], *, workers: int, clock: Callable[[], datetime] = _now
    ) -> None:
        self._runners = dict(runners)
        self._clock = clock
        self._reports: dict[str, JobReport] = {}
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="job")

    def start(self) -> None:
        """Nothing to recover: memory holds no jobs of an earlier life."""

    def stop(self) -> None:
        """Finish what is queued and stop."""
        self._threads.shutdown(wait=True)

    def enqueue(self, job: Job) -> None:
        """Queue the job unless its key was taken before."""
        runner = self._runners[job.name]
        with self._lock:
            if job.key in self._reports:
                return
            self._reports[job.key] = JobReport(job, JobState.QUEUED, self._clock(), None, "")
        self._threads.submit(self._run, runner, job)

    def state(self, key: str) -> JobState | None:
        """Tell how far the job is."""
        report = self._reports.get(key)
        return report.state if report else None

    def counts(self) -> Mapping[JobState, int]:
        """Count jobs by state."""
        with self._lock:
            counted = Counter(report.state for report in self._reports.values())
        return {state: counted[state] for state in (JobState.QUEUED, JobState.RUNNING, JobState.FAILED)}

    def reports(self, states: Sequence[JobState], *, limit: int) -> Sequence[JobReport]:
        """Give the newest jobs in these states."""
        with self._lock:
            newest_first = list(reversed(self._reports.values()))
        return [report for report in newest_first if report.state in states][:limit]

    def retry(self, key: str) -> bool:
        """Queue a failed job again."""
        with self._lock:
            report = self._reports.get(key)
            if report is None or report.state is not JobState.FAILED:
                return False
            del self._reports[key]
        self.enqueue(report.job)
        return True

    def forget_done(self, before: datetime) -> int:
        """Forget what was done before then."""
        with self._lock:
            old = [
                key
                for key, report in self._reports.items()
                if report.state is JobState.DONE and report.ended_at and report.ended_at < before
            ]
            for key in old:
                del self._reports[key]
        return len(old)

    def _run(self, runner: JobRunner, job: Job) -> None:
        self._note(job.key, JobState.RUNNING)
        try:
            runner(job.arguments)
        except Exception as error:  # noqa: BLE001 - the worker loop: a failed job is a state, and the loop goes on
            self._note(job.key, JobState.FAILED, str(error))
        else:
            self._note(job.key, JobState.DONE)

    def _note(self, key: str, state: JobState, reason: str = "") -> None:
        ended_at = None if state is JobState.RUNNING else self._clock()
        with self._lock:
            self._reports[key] = replace(self._reports[key], state=state, ended_at=ended_at, reason=reason)
