"""What commands print, for people and for programs."""

import io
import json

import msgspec

from lading.cli.output import Facts, Format, Line, Listing, Output, plain_lines, printable


class Greeting(msgspec.Struct):
    text: str
    times: int


def test_columns_are_aligned_and_two_spaces_apart() -> None:
    view = Listing(("name", "size"), [("app", 1), ("longer-name", 20)], empty="no images")
    assert plain_lines(view) == ["NAME         SIZE", "app          1", "longer-name  20"]


def test_an_empty_listing_says_so_and_prints_no_header() -> None:
    assert plain_lines(Listing(("name",), [], empty="no images yet")) == ["no images yet"]


def test_facts_without_a_value_are_left_out() -> None:
    view = Facts([("owner", ""), ("platform", "linux/amd64"), ("pinned", False), ("tags", ["a", "b"])])
    assert plain_lines(view) == ["platform  linux/amd64", "pinned    no", "tags      a, b"]


def test_a_package_name_cannot_move_the_cursor_or_forge_a_line() -> None:
    view = Listing(("name",), [("evil\x1b[2K\rallow\nSECOND",)], empty="none")
    (_, row) = plain_lines(view)
    assert row == "evil\N{REPLACEMENT CHARACTER}[2K\N{REPLACEMENT CHARACTER}allow SECOND"


def test_text_that_reads_backwards_is_made_visible() -> None:
    assert printable("exe\u202etxt") == "exe\N{REPLACEMENT CHARACTER}txt"


def test_json_is_the_message_and_nothing_else() -> None:
    stream = io.StringIO()
    Output(Format.JSON, stream).show(Greeting("good day", 2), Line("for people"))
    assert json.loads(stream.getvalue()) == {"text": "good day", "times": 2}


def test_a_table_shows_the_views_and_not_the_message() -> None:
    stream = io.StringIO()
    Output(Format.TABLE, stream).show(Greeting("good day", 2), Facts([("a", 1)]), Line("done"))
    assert stream.getvalue() == "a  1\ndone\n"
