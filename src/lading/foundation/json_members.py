"""Large JSON objects, member by member, in the memory of one member."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from lading.foundation.bounded import Reader
from lading.foundation.errors import Malformed, OverLimit
from lading.foundation.strict_json import DECODER, Ambiguous

_CHUNK = 1 << 20  # bytes
_SPACE = re.compile(r"[ \t\n\r]*")


def iter_members(reader: Reader, *, what: str, max_member: int) -> Iterator[tuple[str, Any]]:
    """Yield the members of the object that the document is, in order, as strictly as ``strict_json`` reads.

    ``max_member`` bounds the characters of one member, and so the memory. Raises Malformed where the
    document is no object, is cut off or ambiguous, or goes on after its end; OverLimit for a larger member.
    """
    text = _Text(reader, what, max_member)
    text.expect("{")
    seen: set[str] = set()
    if text.skip("}"):
        text.expect_end()
        return
    while True:
        key = text.value()
        if not isinstance(key, str) or key in seen:
            raise Malformed("json-ambiguous", f"{what} has the key {str(key)[:80]!r} twice, or as no string")
        seen.add(key)
        text.expect(":")
        yield key, text.value()
        if text.skip("}"):
            text.expect_end()
            return
        text.expect(",")


class _Text:
    """The document from here on, read as it is needed."""

    def __init__(self, reader: Reader, what: str, limit: int) -> None:
        self._reader = reader
        self._what = what
        self._limit = limit
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._ended = False

    def expect(self, mark: str) -> None:
        if not self.skip(mark):
            raise Malformed("json-invalid", f"{self._what} is not a JSON object or is cut off: no {mark!r}")

    def expect_end(self) -> None:
        if self._next():
            raise Malformed("json-invalid", f"{self._what} goes on after its end")

    def skip(self, mark: str) -> bool:
        if self._next() != mark:
            return False
        self._at += 1
        return True

    def value(self) -> Any:
        """Decode the value that begins here, reading on until it is whole."""
        self._next()
        while True:
            try:
                value, self._at = DECODER.raw_decode(self._text, self._at)
                return value
            except json.JSONDecodeError as error:
                # Cut off or wrong: more text tells which. It doubles each time, so that this costs no more
                # than reading twice.
                if not self._read(max(_CHUNK, len(self._text) - self._at)):
                    raise Malformed(
                        "json-invalid", f"{self._what} is cut off or not JSON: {error}"
                    ) from error
            except Ambiguous as error:
                raise Malformed("json-ambiguous", f"{self._what} is ambiguous JSON: {error}") from error
            except (ValueError, RecursionError) as error:
                raise Malformed("json-invalid", f"{self._what} is not JSON that we read: {error}") from error

    def _next(self) -> str:
        """The next character that is not space, without taking it; nothing at the end."""
        while True:
            self._at = self._end_of_space()
            if self._at < len(self._text) or not self._read(_CHUNK):
                return self._text[self._at : self._at + 1]

    def _end_of_space(self) -> int:
        found = _SPACE.match(self._text, self._at)
        return found.end() if found else self._at

    def _read(self, size: int) -> bool:
        """Drop what is done and append at least one more character, unless the document has ended."""
        self._text, self._at = self._text[self._at :], 0
        if len(self._text) > self._limit:
            raise OverLimit(
                "json-member-too-large",
                f"{self._what} has a member of more than {self._limit} characters",
                details={"limit": self._limit},
            )
        parts = [self._text]
        wanted = size
        while wanted > 0 and not self._ended:
            part = self._reader.read(min(wanted, _CHUNK))
            self._ended = not part
            wanted -= len(part)
            try:
                parts.append(self._decoder.decode(part, final=self._ended))
            except UnicodeDecodeError as error:
                raise Malformed("json-not-utf8", f"{self._what} is not UTF-8") from error
        before = len(self._text)
        self._text = "".join(parts)
        return len(self._text) > before
