"""Every job engine: a job is taken once by its key, is run, and its failure is a state."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from lading.adapters.jobs_dbos import DbosJobs
from lading.adapters.jobs_memory import MemoryJobs
from lading.ports.jobs import Job, JobRunner, JobState

Engine: TypeAlias = DbosJobs | MemoryJobs
Start: TypeAlias = Callable[[Mapping[str, JobRunner]], Engine]


@pytest.fixture(params=["memory", "dbos-sqlite"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    engines: list[Engine] = []

    def start_engine(runners: Mapping[str, JobRunner]) -> Engine:
        engine: Engine = (
            MemoryJobs(runners, workers=2)
            if request.param == "memory"
            else DbosJobs(f"sqlite:///{tmp_path}/jobs.db", runners, workers=2)
        )
        engine.start()
        engines.append(engine)
        return engine

    yield start_engine
    for engine in engines:
        engine.stop()


def wait_for(engine: Engine, key: str, state: JobState) -> None:
    limit = time.monotonic() + 30
    while engine.state(key) is not state:
        assert time.monotonic() < limit, f"{key} is {engine.state(key)}, not {state}"
        time.sleep(0.02)


def test_a_job_is_run_with_its_arguments(start: Start) -> None:
    seen: list[Mapping[str, str]] = []
    engine = start({"note": seen.append})
    engine.enqueue(Job("note", "note:1", {"digest": "sha256:00"}))
    wait_for(engine, "note:1", JobState.DONE)
    assert seen == [{"digest": "sha256:00"}]


def test_a_key_that_was_taken_is_not_run_again(start: Start) -> None:
    seen: list[str] = []
    engine = start({"note": lambda arguments: seen.append(arguments["n"])})
    engine.enqueue(Job("note", "same", {"n": "1"}))
    engine.enqueue(Job("note", "same", {"n": "2"}))
    wait_for(engine, "same", JobState.DONE)
    engine.enqueue(Job("note", "same", {"n": "3"}))
    engine.enqueue(Job("note", "last", {"n": "4"}))
    wait_for(engine, "last", JobState.DONE)
    assert seen == ["1", "4"]


def test_a_failed_job_is_counted_and_the_next_one_still_runs(start: Start) -> None:
    engine = start({"fail": fail, "pass": lambda _: None})
    engine.enqueue(Job("fail", "f", {}))
    engine.enqueue(Job("pass", "p", {}))
    wait_for(engine, "p", JobState.DONE)
    wait_for(engine, "f", JobState.FAILED)
    assert engine.counts()[JobState.FAILED] == 1


def test_a_job_that_was_never_taken_has_no_state(start: Start) -> None:
    assert start({}).state("nothing") is None


def test_a_job_of_an_unknown_kind_is_refused_at_once(start: Start) -> None:
    with pytest.raises(KeyError):
        start({}).enqueue(Job("unknown", "k", {}))


def test_a_running_job_is_seen_as_running(start: Start) -> None:
    release = threading.Event()
    engine = start({"wait": lambda _: assert_released(release)})
    engine.enqueue(Job("wait", "w", {}))
    wait_for(engine, "w", JobState.RUNNING)
    assert engine.counts()[JobState.RUNNING] == 1
    release.set()
    wait_for(engine, "w", JobState.DONE)


def fail(_: Mapping[str, str]) -> None:
    raise ValueError("no such layer")


def test_reports_are_newest_first_with_arguments_and_reason(start: Start) -> None:
    engine = start({"fail": fail, "pass": lambda _: None})
    earliest = datetime.now(UTC) - timedelta(seconds=1)
    engine.enqueue(Job("fail", "f", {"digest": "sha256:00"}))
    wait_for(engine, "f", JobState.FAILED)
    engine.enqueue(Job("pass", "p", {}))
    wait_for(engine, "p", JobState.DONE)
    done, failed = engine.reports([JobState.DONE, JobState.FAILED], limit=10)
    assert (done.job.key, done.state, done.reason) == ("p", JobState.DONE, "")
    assert failed.job == Job("fail", "f", {"digest": "sha256:00"})
    assert "no such layer" in failed.reason
    assert earliest < failed.taken_at <= done.taken_at
    assert done.ended_at is not None
    assert [report.job.key for report in engine.reports([JobState.FAILED], limit=10)] == ["f"]
    assert len(engine.reports(list(JobState), limit=1)) == 1


def test_a_job_under_way_has_no_end(start: Start) -> None:
    release = threading.Event()
    engine = start({"wait": lambda _: assert_released(release)})
    engine.enqueue(Job("wait", "w", {}))
    wait_for(engine, "w", JobState.RUNNING)
    (report,) = engine.reports([JobState.RUNNING], limit=10)
    assert report.ended_at is None
    release.set()


def test_a_failed_job_is_done_when_retried(start: Start) -> None:
    mended = threading.Event()

    def depends(arguments: Mapping[str, str]) -> None:
        if not mended.is_set() or arguments != {"n": "1"}:
            raise ValueError("not yet")

    engine = start({"depends": depends})
    engine.enqueue(Job("depends", "d", {"n": "1"}))
    wait_for(engine, "d", JobState.FAILED)
    mended.set()
    assert engine.retry("d")
    wait_for(engine, "d", JobState.DONE)


def test_only_failed_jobs_can_be_retried(start: Start) -> None:
    engine = start({"pass": lambda _: None})
    engine.enqueue(Job("pass", "p", {}))
    wait_for(engine, "p", JobState.DONE)
    assert not engine.retry("p")
    assert not engine.retry("never taken")


def test_what_was_done_is_forgotten_and_what_failed_is_kept(start: Start) -> None:
    engine = start({"fail": fail, "pass": lambda _: None})
    engine.enqueue(Job("pass", "p", {}))
    engine.enqueue(Job("fail", "f", {}))
    wait_for(engine, "p", JobState.DONE)
    wait_for(engine, "f", JobState.FAILED)
    assert engine.forget_done(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert engine.forget_done(datetime.now(UTC) + timedelta(hours=1)) == 1
    assert engine.state("p") is None
    assert engine.state("f") is JobState.FAILED


def assert_released(release: threading.Event) -> None:
    assert release.wait(30)


def test_a_job_may_ask_for_another_one(start: Start) -> None:
    seen: list[str] = []
    engines: list[Engine] = []

    def first(_arguments: Mapping[str, str]) -> None:
        engines[0].enqueue(Job("second", "second:1", {"n": "2"}))

    engines.append(start({"first": first, "second": lambda arguments: seen.append(arguments["n"])}))
    engines[0].enqueue(Job("first", "first:1", {}))
    wait_for(engines[0], "first:1", JobState.DONE)
    wait_for(engines[0], "second:1", JobState.DONE)
    assert seen == ["2"]
