"""Background work by the API: seen by auditors, tried again by administrators, and each retry is audited."""

import threading
import time
from collections.abc import Iterator, Mapping

import pytest

from lading.adapters.jobs_memory import MemoryJobs
from lading.ports.jobs import Job, JobState
from tests.support.management import Api, code_of

KEY = "take-in/shop/app@sha256:00/a b"


class Mendable:
    """Fails until it is mended."""

    def __init__(self) -> None:
        self.mended = threading.Event()

    def __call__(self, _arguments: Mapping[str, str]) -> None:
        if not self.mended.is_set():
            raise ValueError("the layer ends in the middle of a file")


def wait_for(jobs: MemoryJobs, key: str, state: JobState) -> None:
    limit = time.monotonic() + 10
    while jobs.state(key) is not state:
        assert time.monotonic() < limit
        time.sleep(0.005)


@pytest.fixture
def mendable() -> Mendable:
    return Mendable()


@pytest.fixture
def api(mendable: Mendable) -> Iterator[Api]:
    jobs = MemoryJobs({"take-in": mendable}, workers=1)
    api = Api(jobs=jobs)
    api.add_person("ann", ("reader", "shop/**"))
    api.add_person("aud", ("auditor", "**"))
    api.add_person("root", admin=True)
    jobs.enqueue(Job("take-in", KEY, {"repository": "shop/app"}))
    wait_for(jobs, KEY, JobState.FAILED)
    yield api
    jobs.stop()


def test_what_failed_is_shown_with_its_reason(api: Api) -> None:
    shown = api.ask("GET", "/jobs", who="aud").json()
    assert (shown["queued"], shown["running"], shown["failed"]) == (0, 0, 1)
    (line,) = shown["newest"]
    assert line["key"] == KEY
    assert line["arguments"] == {"repository": "shop/app"}
    assert (line["state"], line["reason"]) == ("failed", "the layer ends in the middle of a file")
    assert line["ended_at"] >= line["taken_at"]


def test_jobs_are_shown_by_state(api: Api) -> None:
    assert api.ask("GET", "/jobs?state=done&state=running", who="aud").json()["newest"] == []
    assert api.ask("GET", "/jobs?state=odd", who="aud").status_code == 400


def test_readers_of_repositories_do_not_see_the_work_of_all(api: Api) -> None:
    assert api.ask("GET", "/jobs", who="ann").status_code == 403


def test_a_failed_job_is_tried_again_and_that_is_audited(api: Api, mendable: Mendable) -> None:
    mendable.mended.set()
    assert api.ask("POST", "/jobs/retry", who="root", json={"key": KEY}).json() == {"key": KEY}
    wait_for(api.jobs, KEY, JobState.DONE)
    (entry,) = api.ask("GET", "/audit?action=job.retry", who="aud").json()["items"]
    assert (entry["actor"], entry["subject"]) == ("person:root", KEY)


def test_only_administrators_try_again(api: Api) -> None:
    assert api.ask("POST", "/jobs/retry", who="aud", json={"key": KEY}).status_code == 403
    assert api.jobs.state(KEY) is JobState.FAILED


def test_what_has_not_failed_cannot_be_tried_again(api: Api) -> None:
    answer = api.ask("POST", "/jobs/retry", who="root", json={"key": "no such key"})
    assert (answer.status_code, code_of(answer)) == (404, "job-not-failed")
