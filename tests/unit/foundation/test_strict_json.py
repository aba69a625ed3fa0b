"""JSON is read in one way only, and written in one way only."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.foundation.errors import LadingError, Malformed, OverLimit
from lading.foundation.strict_json import decode, decode_object, encode_canonical

LIMIT = 1 << 20


def refused(content: bytes, code: str, **limits: int) -> None:
    with pytest.raises(LadingError) as caught:
        decode(content, what="payload", max_bytes=limits.get("max_bytes", LIMIT))
    assert caught.value.code == code
    assert "payload" in str(caught.value)


def test_a_plain_document_is_read() -> None:
    assert decode(b'{"a": [1, 2.5, null, "\\u00e9"]}', what="x", max_bytes=LIMIT) == {
        "a": [1, 2.5, None, "é"]
    }


def test_equal_keys_are_refused_at_any_depth() -> None:
    refused(b'{"a": 1, "a": 2}', "json-ambiguous")
    refused(b'[{"b": {"a": 1, "\\u0061": 2}}]', "json-ambiguous")


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity"])
def test_what_is_no_json_number_is_refused(number: bytes) -> None:
    refused(b'{"a": ' + number + b"}", "json-ambiguous")


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"a": 1} trailing', b"{'a': 1}", b'"\x01"', b"[1,]", b"\xef\xbb\xbf{}"]
)
def test_what_is_not_json_is_refused_with_its_place(content: bytes) -> None:
    refused(content, "json-invalid")


def test_bytes_that_are_not_utf8_are_refused() -> None:
    refused(b'{"a": "\xff"}', "json-not-utf8")


def test_a_number_of_a_million_digits_is_refused() -> None:
    refused(b"[" + b"9" * 500_000 + b"]", "json-invalid")


def test_more_bytes_than_allowed_are_refused_before_they_are_read() -> None:
    refused(b"[" + b" " * 100 + b"]", "json-too-large", max_bytes=50)


def test_absurd_depth_is_refused_and_brackets_in_strings_are_not_depth() -> None:
    refused(b"[" * 100_000 + b"]" * 100_000, "json-too-deep")
    refused(b'{"a":' * 65 + b"1" + b"}" * 65, "json-too-deep")
    shallow = json.dumps({"a": "[" * 1000, "b": '\\"{{{{' * 100}).encode()
    assert decode(shallow, what="x", max_bytes=LIMIT)["a"] == "[" * 1000


def test_an_unterminated_string_of_brackets_ends_in_an_error_and_soon() -> None:
    with pytest.raises(LadingError):
        decode(b'"' + b'\\"[' * 200_000, what="x", max_bytes=LIMIT)
    with pytest.raises(LadingError):
        decode(b'"[' * 300_000 + b"\\", what="x", max_bytes=LIMIT)


def test_a_list_is_not_an_object() -> None:
    with pytest.raises(Malformed, match="payload must be a JSON object"):
        decode_object(b"[]", what="payload", max_bytes=LIMIT)


def test_the_limit_is_told_to_programs() -> None:
    with pytest.raises(OverLimit) as caught:
        decode(b"[1]", what="x", max_bytes=2)
    assert caught.value.details == {"limit": 2}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda members: st.lists(members) | st.dictionaries(st.text(), members),
    max_leaves=20,
)


@given(json_values)
def test_canonical_form_is_read_back_unchanged(value: object) -> None:
    try:
        encoded = encode_canonical(value)  # type: ignore[arg-type]
    except UnicodeEncodeError:  # a lone surrogate has no UTF-8 form
        return
    assert decode(encoded, what="x", max_bytes=LIMIT) == value


def test_keys_are_ordered_by_utf16_code_units() -> None:
    # RFC 8785, section 3.2.3: U+1F600 sorts before U+FB33, because its first UTF-16 unit is 0xD83D.
    assert (
        encode_canonical({"\ufb33": 1, "\U0001f600": 2, "a": 3})
        == '{"a":3,"\U0001f600":2,"\ufb33":1}'.encode()
    )


def test_a_float_has_no_canonical_form() -> None:
    with pytest.raises(TypeError):
        encode_canonical({"a": [1.5]})
