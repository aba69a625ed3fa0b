from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.foundation.errors import Malformed
from lading.registry.byte_ranges import (
    ByteRange,
    check_chunk,
    parse_content_range,
    parse_range,
    received_range,
)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=2-4", ByteRange(2, 5)),
        ("bytes=7-", ByteRange(7, 10)),
        ("bytes=-3", ByteRange(7, 10)),
        ("bytes=-99", ByteRange(0, 10)),
        ("bytes=4-9999", ByteRange(4, 10)),
        ("Bytes= 1-2 ", ByteRange(1, 3)),
    ],
)
def test_a_range_is_cut_to_the_content(header: str, wanted: ByteRange) -> None:
    assert parse_range(header, 10) == wanted


@pytest.mark.parametrize(
    "header",
    ["", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b", "bytes=\u0661-\u0662"],
)
def test_what_is_not_one_range_of_bytes_is_ignored(header: str) -> None:
    assert parse_range(header, 10) is None


@pytest.mark.parametrize(("header", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0)])
def test_a_range_without_content_is_unsatisfiable(header: str, size: int) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_range(header, size)
    assert refusal.value.code == "range-unsatisfiable"


@given(st.text(max_size=40), st.integers(min_value=0, max_value=1 << 40))
def test_whatever_the_header_says_the_range_lies_within_the_content(text: str, size: int) -> None:
    wanted = None
    with suppress(Malformed):
        wanted = parse_range("bytes=" + text, size)
    assert wanted is None or 0 <= wanted.start < wanted.stop <= size


@pytest.mark.parametrize("header", ["3-7", "bytes 3-7/*", "bytes 3-7/100", "bytes=3-7", " 3-7 "])
def test_a_content_range_is_read_with_and_without_its_unit(header: str) -> None:
    assert parse_content_range(header) == ByteRange(3, 8)


@pytest.mark.parametrize("header", ["", "7-3", "-3", "3-", "a-b", "3-7,9-10", "3-7\r\nX: y", "9" * 30 + "-1"])
def test_a_content_range_that_is_none_is_refused(header: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_content_range(header)
    assert refusal.value.code == "content-range-invalid"


def test_a_chunk_must_begin_where_the_upload_ends() -> None:
    check_chunk(ByteRange(5, 9), 4, 5)
    check_chunk(ByteRange(5, 9), None, 5)
    check_chunk(None, 100, 5)
    for start in (4, 6):
        with pytest.raises(Malformed) as refusal:
            check_chunk(ByteRange(start, 9), 9 - start, 5)
        assert refusal.value.code == "content-range-invalid"
        assert refusal.value.details == {"offset": 5}


def test_a_chunk_must_be_as_long_as_its_range() -> None:
    with pytest.raises(Malformed) as refusal:
        check_chunk(ByteRange(5, 9), 5, 5)
    assert refusal.value.code == "size-mismatch"


@pytest.mark.parametrize(("offset", "header"), [(0, "0-0"), (1, "0-0"), (2, "0-1"), (1000, "0-999")])
def test_the_received_range_names_the_last_byte(offset: int, header: str) -> None:
    assert received_range(offset) == header
