"""Work of one name waits for nobody else's."""

import threading

from lading.adapters.side_by_side import SideBySide

PATIENCE = 20  # seconds until a test gives up on a thread


def test_work_that_hangs_holds_up_no_other_name_and_is_not_begun_twice() -> None:
    failures: list[Exception] = []
    release, began, done = threading.Event(), threading.Event(), threading.Event()
    turns = SideBySide(most=4, complain=failures.append)

    def hang() -> None:
        began.set()
        release.wait(PATIENCE)

    assert turns.begin("slow", hang)
    assert began.wait(PATIENCE)
    assert not turns.begin("slow", hang), "it is under way"
    assert turns.begin("quick", done.set)
    assert done.wait(PATIENCE), "the slow one holds nobody up"
    release.set()
    turns.stop()
    assert failures == []


def test_work_that_fails_is_told_of_and_may_be_begun_again() -> None:
    failures: list[Exception] = []
    told, done = threading.Event(), threading.Event()

    def complain(error: Exception) -> None:
        failures.append(error)
        told.set()

    def fail() -> None:
        raise OSError("away")

    turns = SideBySide(most=1, complain=complain)
    turns.begin("one", fail)
    assert told.wait(PATIENCE)
    while not turns.begin("one", done.set):  # the name is free a moment after the complaint
        pass
    assert done.wait(PATIENCE)
    turns.stop()
    assert [str(each) for each in failures] == ["away"]
