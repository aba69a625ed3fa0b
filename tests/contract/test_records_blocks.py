"""Transactions, over every adapter."""

import pytest

from lading.adapters.sql.engine import SqlRecords


def test_what_a_block_wrote_is_seen_by_the_next(records: SqlRecords) -> None:
    with records.write() as written:
        written.state.keep("server.installation", "one")
    with records.read() as view:
        assert view.state.value("server.installation") == "one"


def test_a_later_value_takes_the_place_of_an_earlier_one(records: SqlRecords) -> None:
    with records.write() as written:
        written.state.keep("a.b", "1")
        written.state.keep("a.b", "2")
        assert written.state.value("a.b") == "2"


def test_the_first_value_holds_when_asked_to(records: SqlRecords) -> None:
    with records.write() as written:
        assert written.state.keep_first("a.b", "1") == "1"
        assert written.state.keep_first("a.b", "2") == "1"


def test_a_read_block_cannot_write(records: SqlRecords) -> None:
    with pytest.raises(RuntimeError, match="read block"), records.read() as view:
        view.state.keep("a.b", "1")
    with records.write() as written:
        written.state.keep("a.b", "2")
    with records.read() as view:
        assert view.state.value("a.b") == "2"


def test_blocks_do_not_nest_and_the_outer_one_goes_on(records: SqlRecords) -> None:
    with records.write() as written:
        with pytest.raises(RuntimeError, match="do not nest"), records.read():
            pass
        written.state.keep("a.b", "1")
    with records.read() as view:
        assert view.state.value("a.b") == "1"


def test_a_text_that_no_database_holds_as_it_is_comes_back_the_same(records: SqlRecords) -> None:
    for text in ("\x00", "\udcff\udcfe", "\\u0000", "\\", "\\\\u0000", "a\\", "\U0001f4a5", ""):
        with records.write() as written:
            written.state.keep(text + ".key", text)
            assert written.state.value(text + ".key") == text
