import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lading.adapters.after_a_lull import AfterALull


@contextmanager
def working(lull: float, most: float) -> Iterator[tuple[AfterALull[int], list[int], list[Exception]]]:
    done: list[int] = []
    complaints: list[Exception] = []

    def work(number: int) -> None:
        if number < 0:
            raise ValueError(number)
        done.append(number)

    waiting = AfterALull(work, lull=lull, most=most, complain=complaints.append)
    waiting.start()
    yield waiting, done, complaints
    waiting.stop()


def wait_until(done: list[int], count: int) -> None:
    limit = time.monotonic() + 10
    while len(done) < count and time.monotonic() < limit:
        time.sleep(0.005)


def test_what_is_noted_is_done_once_in_order_after_a_pause() -> None:
    with working(0.2, 30) as (waiting, done, _):
        for number in (3, 1, 3, 2):
            waiting.note(number)
        assert done == []
        wait_until(done, 3)
        assert done == [3, 1, 2]


def test_who_never_pauses_does_not_put_it_off_for_ever() -> None:
    with working(5, 0.1) as (waiting, done, _):
        limit = time.monotonic() + 10
        while not done and time.monotonic() < limit:
            waiting.note(7)
            time.sleep(0.01)
        assert done[0] == 7


def test_one_failure_is_told_and_keeps_nothing_else_from_being_done() -> None:
    with working(0.01, 1) as (waiting, done, complaints):
        for number in (1, -1, 2):
            waiting.note(number)
        wait_until(done, 2)
        assert done == [1, 2]
        assert [str(error) for error in complaints] == ["-1"]


def test_stopping_drops_what_is_left_and_waits_for_what_is_under_way() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), []

    def work(number: int) -> None:
        begun.set()
        go_on.wait(10)
        done.append(number)

    waiting = AfterALull(work, lull=0.0, most=0.0, complain=lambda _error: None)
    waiting.note(1)
    waiting.start()
    begun.wait(10)
    waiting.note(2)
    stopper = threading.Thread(target=waiting.stop)
    stopper.start()
    time.sleep(0.05)
    go_on.set()
    stopper.join(10)
    assert done == [1]
