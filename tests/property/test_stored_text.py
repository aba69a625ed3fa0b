"""What databases cannot hold is written as something that they can, and read back as it was."""

import re

from hypothesis import given
from hypothesis import strategies as some

from lading.adapters.sql.columns import escape_text, unescape_text

# Every code point, lone surrogates too, and the characters that escaping is made of more often than chance.
ANY_TEXT = some.text(some.one_of(some.characters(exclude_categories=()), some.sampled_from("\\u0\x00\udc80")))


@given(ANY_TEXT)
def test_any_text_comes_back(text: str) -> None:
    stored = escape_text(text)
    assert unescape_text(stored) == text
    assert not re.search("[\x00\ud800-\udfff]", stored)
    stored.encode()


@given(ANY_TEXT, ANY_TEXT)
def test_texts_that_differ_are_stored_differently(one: str, other: str) -> None:
    assert (escape_text(one) == escape_text(other)) == (one == other)
