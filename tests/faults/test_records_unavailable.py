"""A database that cannot do its part says so as an error that may be tried again, and nothing hangs."""

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lading.adapters.sql.engine import open_postgresql, open_sqlite
from lading.foundation.errors import Upstream


def unavailable_reason(raised: pytest.ExceptionInfo[Upstream]) -> str:
    assert raised.value.code == "records-unavailable"
    return raised.value.message


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "lading.db"
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(Upstream) as raised:
        open_sqlite(path)
    assert "not a database" in unavailable_reason(raised)
    assert path.read_bytes() == b"this is not a database" * 100


def test_a_folder_that_is_not_there_is_named_as_the_reason(tmp_path: Path) -> None:
    with pytest.raises(Upstream) as raised:
        open_sqlite(tmp_path / "missing" / "lading.db")
    assert "unable to open" in unavailable_reason(raised)


def test_a_database_that_another_program_holds_is_unavailable_for_writing_and_can_be_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "lading.db"
    records = open_sqlite(path)
    with records.write() as written:
        written.state.keep("a.b", "1")
    with records.engine.connect() as connection:  # do not wait for half a minute in a test
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Upstream) as raised, records.write():
            pass
        assert "locked" in unavailable_reason(raised)
        with records.read() as view:
            assert view.state.value("a.b") == "1"
        other.execute("ROLLBACK")
    with records.write() as written:
        written.state.keep("a.b", "2")
    records.close()


def test_a_full_disk_loses_the_block_and_nothing_else(tmp_path: Path) -> None:
    records = open_sqlite(tmp_path / "lading.db")
    with records.write() as written:
        written.state.keep("a.b", "kept")
    with records.engine.connect() as connection:  # as good as a full disk: the file may not grow
        connection.exec_driver_sql("PRAGMA max_page_count = 1")

    def write_much() -> None:
        with records.write() as written:
            written.state.keep("a.b", "lost")
            for number in range(50):
                written.state.keep(f"big.{number}", "x" * 100_000)

    with pytest.raises(Upstream) as raised:
        write_much()
    assert "full" in unavailable_reason(raised)
    with records.read() as view:
        assert view.state.value("a.b") == "kept"
        assert view.state.value("big.0") is None
    records.close()


def test_a_server_that_does_not_listen_is_unavailable() -> None:
    with closing(socket.socket()) as taken:  # bound and not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(Upstream) as raised:
            open_postgresql(f"postgresql://lading@127.0.0.1:{port}/lading")
    assert "refused" in unavailable_reason(raised)
