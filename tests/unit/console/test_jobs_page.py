"""The page of background work: what failed and why, with a button for those who may try again."""

import time
from collections.abc import Iterator, Mapping

import pytest

from lading.adapters.jobs_memory import MemoryJobs
from lading.ports.jobs import Job, JobState
from tests.support.console import Browser, ConsoleUnderTest, build_console, form_token_in
from tests.support.html import Node, read_html


def fail(_arguments: Mapping[str, str]) -> None:
    raise ValueError("<b>layer 1</b> is cut off")


def settle(jobs: MemoryJobs, key: str, state: JobState) -> None:
    limit = time.monotonic() + 10
    while jobs.state(key) is not state:
        assert time.monotonic() < limit
        time.sleep(0.005)


@pytest.fixture
def jobs() -> Iterator[MemoryJobs]:
    jobs = MemoryJobs({"take-in": fail, "note": lambda _: None}, workers=1)
    yield jobs
    jobs.stop()


@pytest.fixture
def console(jobs: MemoryJobs) -> ConsoleUnderTest:
    built = build_console(jobs=jobs)
    built.add_person("ann", admin=True)
    built.add_person("guest")
    return built


def page(browser: Browser, path: str) -> Node:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text[:1000]
    return read_html(answer.text)


def signed_in(console: ConsoleUnderTest, name: str) -> Browser:
    browser = Browser(console)
    browser.sign_in(name)
    return browser


def test_nothing_waiting_is_said(console: ConsoleUnderTest) -> None:
    assert "Nothing waits, and nothing has failed." in page(signed_in(console, "ann"), "/jobs").text


def test_a_failure_says_why_and_is_tried_again(console: ConsoleUnderTest, jobs: MemoryJobs) -> None:
    ann = signed_in(console, "ann")
    jobs.enqueue(Job("take-in", "one", {"repository": "shop/app"}))
    jobs.enqueue(Job("note", "two", {}))
    settle(jobs, "one", JobState.FAILED)
    settle(jobs, "two", JobState.DONE)
    (row,) = page(ann, "/jobs").rows()
    assert "take-in shop/app <b>layer 1</b> is cut off ✕ Failed" in row
    assert "note" in page(ann, "/jobs?state=done").rows()[0]
    before = jobs.reports([JobState.FAILED], limit=1)[0].taken_at
    answer = ann.post("/jobs/retry", {"form_token": form_token_in(ann.get("/jobs")), "key": "one"})
    assert answer.headers["location"] == "/jobs?done=job-retried"
    settle(jobs, "one", JobState.FAILED)
    assert jobs.reports([JobState.FAILED], limit=1)[0].taken_at > before


def test_who_may_not_see_the_installation_is_refused(console: ConsoleUnderTest) -> None:
    assert signed_in(console, "guest").get("/jobs").status_code == 403
