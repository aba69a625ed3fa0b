"""What narrows a question down."""

from datetime import UTC, datetime

import pytest

from lading.foundation.errors import Malformed
from lading.matching.question import AskedPath, parse_question
from lading.matching.question_filters import Narrowed, split_question


def test_words_are_parted_from_what_is_asked() -> None:
    text, narrowed = split_question("owner:payments openssl < 3.0 base:base/debian:12 running:yes env:prod")
    assert text == "openssl < 3.0"
    assert narrowed == Narrowed("base/debian:12", "payments", "prod", running=True)


@pytest.mark.parametrize(
    "question",
    ["CVE-2014-6271", "pkg:npm/lodash@4.17.20", "license:AGPL-3.0-only", "sha256:" + "0" * 64, "path:a/b:c"],
)
def test_what_is_no_word_stays_in_the_question(question: str) -> None:
    assert split_question(question) == (question, Narrowed())
    assert split_question(f"{question} owner:a") == (question, Narrowed(owner="a"))


def test_a_day_is_from_its_first_to_its_last_moment() -> None:
    _, narrowed = split_question("since:2026-05-01 until:2026-05-01 at:2026-05-01T10:00:00+02:00")
    assert narrowed.since == datetime(2026, 5, 1, tzinfo=UTC)
    assert narrowed.until == datetime(2026, 5, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    assert narrowed.at == datetime(2026, 5, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["since:yesterday", "at:2026-13-01", "owner:a owner:b", "env:a environment:b", "running:maybe"]
)
def test_what_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        split_question(text)


def test_a_path_is_asked_without_its_slash() -> None:
    assert parse_question("path:/usr/bin/nc") == AskedPath("usr/bin/nc")
    assert parse_question("path:**/log4j-core-*.jar") == AskedPath("**/log4j-core-*.jar")


@pytest.mark.parametrize("text", ["path:*", "path:usr/bin/*", "path:a/**", "path:x", "path:a\x00bc"])
def test_a_path_that_means_everything_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_question(text)
