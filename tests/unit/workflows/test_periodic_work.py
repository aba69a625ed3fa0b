"""Work that comes round: once in each turn, whoever asks and however often."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from lading.adapters.jobs_memory import MemoryJobs
from lading.adapters.ticker import Ticker
from lading.workflows.periodic_work import Periodic, ask_for_turns

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOURLY = Periodic("sweep", timedelta(hours=1))


class Count:
    """Counts how often it was done."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self, _arguments: Mapping[str, str]) -> None:
        self.done += 1


def asked_at(*instants: datetime, periodic: tuple[Periodic, ...] = (HOURLY,)) -> int:
    count = Count()
    jobs = MemoryJobs({"sweep": count}, workers=1)
    for now in instants:
        ask_for_turns(jobs, periodic, now)
    jobs.stop()
    return count.done


def test_a_turn_is_done_once_however_often_it_is_asked_for() -> None:
    assert asked_at(NOON, NOON, NOON + timedelta(minutes=59, seconds=59)) == 1


def test_each_turn_is_done() -> None:
    assert asked_at(NOON, NOON + timedelta(hours=1), NOON + timedelta(hours=2)) == 3


def test_turns_that_nobody_asked_for_are_not_made_up() -> None:
    assert asked_at(NOON, NOON + timedelta(days=3)) == 2


def test_a_clock_that_jumps_back_does_nothing_again() -> None:
    assert asked_at(NOON, NOON + timedelta(hours=1), NOON) == 2


def test_another_period_has_turns_of_its_own() -> None:
    daily = Periodic("sweep", timedelta(days=1))
    assert asked_at(NOON, periodic=(HOURLY, daily)) == 2


def test_a_tick_that_fails_is_told_of_and_the_next_one_comes() -> None:
    ticks: list[int] = []
    complaints: list[str] = []
    enough = threading.Event()

    def tick() -> None:
        ticks.append(1)
        if len(ticks) == 1:
            raise ValueError("the database is away")
        enough.set()

    ticker = Ticker(tick, seconds=0.001, complain=lambda error: complaints.append(str(error)))
    ticker.start()
    assert enough.wait(10)
    ticker.stop()
    assert complaints == ["the database is away"]
