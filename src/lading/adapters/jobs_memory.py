"""Jobs in this process's memory: for tests, and where losing the queue on a crash is acceptable."""

import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from lading.ports.jobs import Job, JobRunner, JobState


class MemoryJobs:
    """Runs jobs on a few threads, in the order they came."""

    def __init__(self, runners: Mapping[str, JobRunner], *, workers: int) -> None:
        self._runners = dict(runners)
        self._states: dict[str, JobState] = {}
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
            if job.key in self._states:
                return
            self._states[job.key] = JobState.QUEUED
        self._threads.submit(self._run, runner, job)

    def state(self, key: str) -> JobState | None:
        """Tell how far the job is."""
        return self._states.get(key)

    def counts(self) -> Mapping[JobState, int]:
        """Count jobs by state."""
        with self._lock:
            counted = Counter(self._states.values())
        return {state: counted[state] for state in (JobState.QUEUED, JobState.RUNNING, JobState.FAILED)}

    def _run(self, runner: JobRunner, job: Job) -> None:
        self._states[job.key] = JobState.RUNNING
        try:
            runner(job.arguments)
        except Exception:  # noqa: BLE001 - the worker loop: a failed job is a state, and the loop goes on
            self._states[job.key] = JobState.FAILED
        else:
            self._states[job.key] = JobState.DONE
