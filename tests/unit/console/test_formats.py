"""Numbers, instants, sizes and digests, as every page writes them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.console.formats.digests import short_digest
from lading.console.formats.instants import instant, instant_of_text, relative, span
from lading.console.formats.numbers import at_least, count, counted
from lading.console.formats.principals import who
from lading.console.formats.sentences import sentence, whole_sentence
from lading.console.formats.sizes import exact_size, size

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (999, "999"), (12345, "12,345")])
def test_counts_have_their_thousands_apart(number: int, text: str) -> None:
    assert count(number) == text


def test_a_noun_follows_its_number() -> None:
    assert counted(1, "image") == "1 image"
    assert counted(0, "image") == "0 images"
    assert counted(2048, "repository", "repositories") == "2,048 repositories"


def test_a_count_that_was_cut_says_so() -> None:
    assert at_least(100, more=True) == "100+"
    assert at_least(100, more=False) == "100"


@pytest.mark.parametrize(
    ("byte_count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (100_993_231, "96.3 MiB"),
        (1_047_552, "1,023 KiB"),
        (1_048_575, "1.0 MiB"),
        (104_857_599, "100 MiB"),
        (3 << 40, "3.0 TiB"),
        (5000 << 50, "5,000 PiB"),
    ],
)
def test_sizes_are_in_binary_units(byte_count: int, text: str) -> None:
    assert size(byte_count) == text


@given(st.integers(min_value=0, max_value=1 << 60))
def test_a_size_is_never_off_by_more_than_a_twentieth(byte_count: int) -> None:
    value, unit = size(byte_count).replace(",", "").split()
    factor = 1024 ** ["B", "KiB", "MiB", "GiB", "TiB", "PiB"].index(unit)
    assert abs(float(value) * factor - byte_count) <= max(0.05 * byte_count, 0)


def test_the_title_of_a_size_counts_every_byte() -> None:
    assert exact_size(100_993_231) == "100,993,231 bytes"
    assert exact_size(1) == "1 byte"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (44, "just now"),
        (-10, "just now"),
        (45, "1 minute ago"),
        (119, "1 minute ago"),
        (120, "2 minutes ago"),
        (3600, "1 hour ago"),
        (86399, "23 hours ago"),
        (86400 * 29, "29 days ago"),
        (86400 * 30, "1 month ago"),
        (86400 * 800, "2 years ago"),
        (-86400 * 4, "in 4 days"),
    ],
)
def test_how_long_ago_is_said_in_the_largest_whole_unit(seconds: int, text: str) -> None:
    assert relative(NOW - timedelta(seconds=seconds), NOW) == text


def test_an_instant_has_its_exact_moment_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    shown = instant(datetime(2026, 11, 22, 12, 30, 5, tzinfo=berlin), NOW)
    assert shown.exact == "2026-11-22 11:30:05 UTC"
    assert shown.machine == "2026-11-22T11:30:05Z"
    assert shown.relative == "29 minutes ago"


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-11-22", "2026-11-22T10:00:00", "9999-99-99T00:00:00Z"]
)
def test_a_moment_without_an_offset_is_not_guessed(text: str) -> None:
    assert instant_of_text(text, NOW) is None


def test_a_moment_at_the_end_of_time_does_not_break_a_page() -> None:
    assert instant_of_text("0001-01-01T00:00:00+14:00", NOW) is None


def test_a_written_moment_is_read() -> None:
    shown = instant_of_text("2026-11-22T11:00:00Z", NOW)
    assert shown is not None
    assert shown.relative == "1 hour ago"


def test_a_short_span_has_no_words() -> None:
    assert span(timedelta(seconds=10)) == ""


def test_a_digest_is_recognised_by_twelve_digits() -> None:
    assert short_digest("sha256:" + "ab" * 32) == "abababababab"
    assert short_digest("latest") == "latest"
    assert short_digest("<script>") == "<script>"


def test_a_sentence_begins_with_a_capital_letter_but_names_stay_as_they_are() -> None:
    assert sentence("the image starts as root") == "The image starts as root"
    assert sentence("shell:latest never came from a registry") == "shell:latest never came from a registry"
    assert whole_sentence("a waiver ends in the future") == "A waiver ends in the future."
    assert whole_sentence("") == ""


def test_people_are_known_by_their_name_alone() -> None:
    assert [who(text) for text in ("person:ann", "robot:ci", "system:lading", "x")] == [
        "ann",
        "robot ci",
        "system:lading",
        "x",
    ]
