"""CBOR (RFC 8949) as far as COSE signatures need it, read in one way only and written deterministically.

Lengths must be definite and numbers as short as can be, and no map may have a key twice: what is signed has
exactly one spelling, so that no two readers can understand it differently.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from lading.foundation.errors import Malformed

MAX_DEPTH = 8
MAX_ITEMS = 4096  # of all arrays and maps together
_SIMPLE: Mapping[int, bool | None] = {20: False, 21: True, 22: None}


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value with a tag number that says what it means."""

    tag: int
    value: "CborValue"


CborValue: TypeAlias = (
    int | bytes | str | bool | Sequence["CborValue"] | Mapping[int | str, "CborValue"] | Tagged | None
)


def decode(content: bytes, *, what: str) -> CborValue:
    """Read exactly one value; raise Malformed with the place of what is wrong."""
    reading = _Reading(content, what)
    value = reading.value(0)
    if reading.at != len(content):
        reading.refuse("something follows it")
    return value


def encode(value: CborValue) -> bytes:
    """Write a value deterministically (RFC 8949, section 4.2.1): map keys in the order of their bytes."""
    match value:
        case bool() | None:
            return bytes((0xE0 | {False: 20, True: 21, None: 22}[value],))
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            text = value.encode()
            return _head(3, len(text)) + text
        case Tagged(tag, inner):
            return _head(6, tag) + encode(inner)
        case Mapping():
            pairs = sorted((encode(key), encode(member)) for key, member in value.items())
            return _head(5, len(pairs)) + b"".join(key + member for key, member in pairs)
        case _:
            return _head(4, len(value)) + b"".join(encode(member) for member in value)


def _head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes((major << 5 | argument,))
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 1 << (8 * size):
            return bytes((major << 5 | extra,)) + argument.to_bytes(size, "big")
    raise ValueError("CBOR numbers have at most 64 bits")


class _Reading:
    """The content under way."""

    def __init__(self, content: bytes, what: str) -> None:
        self._content = content
        self._what = what
        self._items = 0
        self.at = 0

    def value(self, depth: int) -> CborValue:
        if depth > MAX_DEPTH:
            self.refuse(f"it is nested more than {MAX_DEPTH} levels deep")
        major, argument = self._argument()
        match major:
            case 0:
                return argument
            case 1:
                return -1 - argument
            case 2:
                return self._take(argument)
            case 3:
                return self._text(argument)
            case 4:
                return [self.value(depth + 1) for _ in range(self._count(argument))]
            case 5:
                return self._map(argument, depth)
            case 6:
                return Tagged(argument, self.value(depth + 1))
            case _:
                if argument not in _SIMPLE:
                    self.refuse("it holds a number or a value of a kind that is not used here")
                return _SIMPLE[argument]

    def refuse(self, reason: str) -> NoReturn:
        raise Malformed("cbor-invalid", f"{self._what} is not strict CBOR at byte {self.at}: {reason}")

    def _argument(self) -> tuple[int, int]:
        first = self._take(1)[0]
        major, extra = first >> 5, first & 0x1F
        if extra < 24:
            return major, extra
        if extra > 27 or major == 7:
            self.refuse("it has no definite length")
        size = 1 << (extra - 24)
        argument = int.from_bytes(self._take(size), "big")
        if argument < 24 or (size > 1 and argument < 1 << (4 * size)):
            self.refuse("a number could be shorter")
        return major, argument

    def _take(self, size: int) -> bytes:
        taken = self._content[self.at : self.at + size]
        if len(taken) != size:
            self.refuse("it ends too early")
        self.at += size
        return taken

    def _count(self, count: int) -> int:
        self._items += count
        if self._items > MAX_ITEMS:
            self.refuse(f"it has more than {MAX_ITEMS} parts")
        return count

    def _text(self, size: int) -> str:
        try:
            return self._take(size).decode()
        except UnicodeDecodeError:
            self.refuse("a text is not UTF-8")

    def _map(self, count: int, depth: int) -> Mapping[int | str, CborValue]:
        members: dict[int | str, CborValue] = {}
        for _ in range(self._count(count)):
            key = self.value(depth + 1)
            if not isinstance(key, int | str) or isinstance(key, bool):
                self.refuse("a key is neither a number nor a text")
            if key in members:
                self.refuse(f"the key {str(key)[:80]!r} stands twice")
            members[key] = self.value(depth + 1)
        return members
