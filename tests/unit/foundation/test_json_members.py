import io
import json

import pytest

from lading.foundation.errors import LadingError, Malformed, OverLimit
from lading.foundation.json_members import iter_members


class OneByte(io.RawIOBase):
    """A reader that gives one byte at a time, as a slow network does."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._content = io.BytesIO(content)

    def read(self, size: int = -1, /) -> bytes:
        return self._content.read(min(1, size))


def members(content: bytes, max_member: int = 1 << 20) -> list[tuple[str, object]]:
    return list(iter_members(io.BytesIO(content), what="the document", max_member=max_member))


def test_members_come_in_order() -> None:
    document = {"b": {"x": [1, 2, {"y": "}"}]}, "a": None, "ü": "😀", "": 1.5}
    assert members(json.dumps(document, indent=1).encode()) == list(document.items())


def test_an_empty_object_has_no_members() -> None:
    assert members(b" { } \n") == []


def test_any_cut_of_the_bytes_gives_the_same() -> None:
    content = json.dumps({"a": ["é", {"k": True}], "b": '\\"}'}, ensure_ascii=False).encode()
    assert list(iter_members(OneByte(content), what="x", max_member=99)) == members(content)


def test_a_document_cut_anywhere_is_refused() -> None:
    content = b'{"a":{"x":[1,2]},"b":"c"}'
    for length in range(len(content)):
        with pytest.raises(Malformed):
            members(content[:length])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"a":1,"a":2}', "json-ambiguous"),
        (b'{"a":{"b":1,"b":2}}', "json-ambiguous"),
        (b'{"a":NaN}', "json-ambiguous"),
        (b'{"a":1}{', "json-invalid"),
        (b'{"a":1,}', "json-invalid"),
        (b"{1:1}", "json-ambiguous"),
        (b"[1]", "json-invalid"),
        (b"", "json-invalid"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "json-invalid"),
        (b'{"a":"\xff"}', "json-not-utf8"),
        (b'{"a":' + b"9" * 5000 + b"}", "json-invalid"),
    ],
)
def test_what_is_not_one_unambiguous_object_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(LadingError) as caught:
        members(content)
    assert caught.value.code == code


def test_a_member_without_end_is_refused_in_bounded_memory() -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1, /) -> bytes:
            self.taken += size
            return b"x" * size

    endless = Endless()
    start = io.BytesIO(b'{"a":"')

    class Both(io.RawIOBase):
        def read(self, size: int = -1, /) -> bytes:
            return start.read(size) or endless.read(size)

    with pytest.raises(OverLimit) as caught:
        list(iter_members(Both(), what="x", max_member=4 << 20))
    assert caught.value.code == "json-member-too-large"
    assert endless.taken < 20 << 20
