"""Writers that come together are committed together, and none of them notices."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from lading.adapters.sql.engine import SqlRecords, open_sqlite
from lading.adapters.sql.group_commit import GroupCommit
from lading.foundation.errors import Upstream


@pytest.fixture
def records(tmp_path: Path) -> Iterator[SqlRecords]:
    records = open_sqlite(tmp_path / "records.db")
    yield records
    records.close()


def together(works: list[Callable[[], None]], records: SqlRecords) -> list[BaseException | None]:
    """Run all of them so that they wait for each other, and give what each raised."""
    outcomes: list[BaseException | None] = [None] * len(works)
    held, begun = threading.Event(), threading.Event()

    def hold() -> None:
        # It may be in the transaction that is lost.
        with contextlib.suppress(Upstream), records.write():
            begun.set()
            held.wait(10)

    def run(at: int) -> None:
        try:
            works[at]()
        except BaseException as error:  # noqa: BLE001 -- the outcome is what is looked at
            outcomes[at] = error

    holder = threading.Thread(target=hold)
    holder.start()
    begun.wait(10)
    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(works))]
    for thread in threads:
        thread.start()
    held.set()
    for thread in [holder, *threads]:
        thread.join(30)
        assert not thread.is_alive()
    return outcomes


def keep(records: SqlRecords, key: str, *, fail: bool = False) -> Callable[[], None]:
    def work() -> None:
        with records.write() as kept:
            kept.state.keep(key, "1")
            if fail:
                raise LookupError(key)

    return work


def test_a_block_that_raises_takes_nobody_with_it(records: SqlRecords) -> None:
    works = [keep(records, f"key.{number}", fail=number % 3 == 0) for number in range(40)]
    outcomes = together(works, records)
    for number, outcome in enumerate(outcomes):
        assert isinstance(outcome, LookupError) == (number % 3 == 0)
        with records.read() as kept:
            assert kept.state.value(f"key.{number}") == (None if number % 3 == 0 else "1")


def test_many_blocks_are_few_commits(records: SqlRecords) -> None:
    commits = []
    sa.event.listen(records.engine, "commit", lambda _connection: commits.append(1))
    works = [keep(records, f"key.{number}") for number in range(40)]
    assert together(works, records) == [None] * 40
    assert len(commits) <= 20


def test_what_the_database_gives_up_is_lost_for_all_who_were_told_nothing(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.state.keep("first", "1")

    def fill_the_disk() -> None:
        with records.write() as kept:
            connection: sa.Connection = kept.state._connection
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            try:
                for number in range(50):
                    kept.state.keep(f"big.{number}", "x" * 100_000)
            finally:
                connection.exec_driver_sql("PRAGMA max_page_count = 1000000")

    works = [keep(records, "before"), fill_the_disk, keep(records, "after")]
    for outcome, key in zip(together(works, records), ("before", "", "after"), strict=True):
        assert outcome is None or isinstance(outcome, Upstream)
        with records.read() as kept:
            if key:
                assert kept.state.value(key) == ("1" if outcome is None else None)
            assert kept.state.value("big.0") is None
            assert kept.state.value("first") == "1"


def test_who_waits_too_long_leaves_nobody_waiting(records: SqlRecords) -> None:
    group = GroupCommit(records.engine, patience=0.01, too_long=lambda: TimeoutError("too long"))

    def work(number: int) -> bool:
        try:
            with group.block() as connection:
                connection.exec_driver_sql("SELECT 1")
                if number % 10 == 0:
                    threading.Event().wait(0.02)
        except TimeoutError:
            return False
        return True

    with ThreadPoolExecutor(12) as threads:
        outcomes = list(threads.map(work, range(300), timeout=60))
    assert True in outcomes


def test_nobody_waits_for_the_end_of_a_block_that_is_long(records: SqlRecords) -> None:
    go_on = threading.Event()
    under_way = threading.Event()

    def long_work() -> None:
        with records.write(long=True) as kept:
            kept.state.keep("long", "1")
            under_way.set()
            assert go_on.wait(20)

    with ThreadPoolExecutor(2) as threads:
        with records.write() as kept:
            kept.state.keep("short", "1")
            running = threads.submit(long_work)
            time.sleep(0.1)  # it waits for its turn by now, and is none for whom a commit is put off
        with records.read() as kept:
            assert kept.state.value("short") == "1"
        assert under_way.wait(20)
        go_on.set()
        running.result(20)
    with records.read() as kept:
        assert kept.state.value("long") == "1"


def test_a_long_block_commits_what_was_left_open_before_it_begins(records: SqlRecords) -> None:
    outcomes = together([keep(records, f"key-{n}") for n in range(8)] + [long_keep(records, "long")], records)
    assert outcomes == [None] * 9
    with records.read() as kept:
        assert [kept.state.value(f"key-{n}") for n in range(8)] == ["1"] * 8
        assert kept.state.value("long") == "1"


def long_keep(records: SqlRecords, key: str) -> Callable[[], None]:
    def work() -> None:
        with records.write(long=True) as kept:
            kept.state.keep(key, "1")

    return work
