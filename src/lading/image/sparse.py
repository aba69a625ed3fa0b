"""Sparse files in tar archives: GNU's old form, and its pax forms 0.0, 0.1 and 1.0.

Source: GNU tar manual, appendix "Sparse Formats".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lading.foundation.errors import Malformed
from lading.image import pax

MAX_FRAGMENTS = 100_000
_BLOCK = 512
_MAX_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Map:
    """Where the stored bytes belong: (offset, length) in order, without overlap, within ``size`` bytes."""

    size: int
    fragments: tuple[tuple[int, int], ...]

    @property
    def stored(self) -> int:
        """Bytes that are in the archive."""
        return sum(length for _, length in self.fragments)


def read_map(header: bytes, records: pax.Records, take_block: Callable[[], bytes]) -> tuple[Map, int] | None:
    """Find the map of a sparse file, and how many bytes of it were taken from the file's data.

    ``take_block`` gives the next 512 bytes after the header. None where the file is not sparse.
    """
    if header[156:157] == b"S":
        return _old_gnu(header, take_block), 0
    if records.get("GNU.sparse.major") == b"1" and records.get("GNU.sparse.minor") == b"0":
        return _pax_1_0(records, take_block)
    if "GNU.sparse.map" in records:
        numbers = [pax.parse_size(text) for text in records["GNU.sparse.map"].split(b",") if text]
        return _checked(_size(records), numbers), 0
    return None


def expand(holes: Map, pieces: Iterator[memoryview]) -> bytes:
    """Put the stored bytes where they belong, with zeros between."""
    content = bytearray(holes.size)
    stored = b"".join(pieces)
    at = 0
    for offset, length in holes.fragments:
        content[offset : offset + length] = stored[at : at + length]
        at += length
    return bytes(content)


def _old_gnu(header: bytes, take_block: Callable[[], bytes]) -> Map:
    numbers = _fields(header[386:482])
    extended = header[482]
    while extended:
        block = take_block()
        numbers += _fields(block[:504])
        extended = block[504]
        _refuse_many(numbers)
    return _checked(_field(header[483:495]), numbers)


def _fields(raw: bytes) -> list[int]:
    return [_field(raw[at : at + 12]) for at in range(0, len(raw), 12) if raw[at : at + 12].strip(b"\0 ")]


def _field(raw: bytes) -> int:
    if raw[0] & 0x80:
        return int.from_bytes(bytes((raw[0] & 0x7F,)) + raw[1:], "big")
    text = raw.strip(b" \0")
    if text.strip(b"01234567"):
        raise Malformed("layer-corrupt", "the map of a sparse file holds something that is not a number")
    return int(text or b"0", 8)


def _pax_1_0(records: pax.Records, take_block: Callable[[], bytes]) -> tuple[Map, int]:
    """The map stands before the data, as decimal lines, padded to a whole block."""
    lines = _DecimalLines(take_block)
    count = lines.next_number()
    _refuse_many(range(2 * count))
    numbers = [lines.next_number() for _ in range(2 * count)]
    return _checked(_size(records), numbers), lines.taken


class _DecimalLines:
    """Numbers, one on each line, read by the block."""

    def __init__(self, take_block: Callable[[], bytes]) -> None:
        self._take_block = take_block
        self._held = b""
        self.taken = 0  # bytes

    def next_number(self) -> int:
        line, newline, rest = self._held.partition(b"\n")
        if not newline:
            if len(line) > _MAX_DIGITS:
                raise Malformed(
                    "layer-corrupt", "the map of a sparse file holds something that is not a number"
                )
            self._held = line + self._take_block()
            self.taken += _BLOCK
            line, _, rest = self._held.partition(b"\n")
        self._held = rest
        return pax.parse_size(line)


def _size(records: pax.Records) -> int:
    size = records.get("GNU.sparse.realsize") or records.get("GNU.sparse.size")
    if size is None:
        raise Malformed("layer-corrupt", "a sparse file does not say its size")
    return pax.parse_size(size)


def _refuse_many(numbers: "list[int] | range") -> None:
    if len(numbers) > 2 * MAX_FRAGMENTS:
        raise Malformed("layer-corrupt", f"a sparse file has more than {MAX_FRAGMENTS} fragments")


def _checked(size: int, numbers: list[int]) -> Map:
    _refuse_many(numbers)
    if len(numbers) % 2:
        raise Malformed("layer-corrupt", "the map of a sparse file is incomplete")
    fragments = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    end = 0
    for offset, length in fragments:
        if offset < end or offset + length > size:
            raise Malformed("layer-corrupt", "the fragments of a sparse file overlap, or exceed its size")
        end = offset + length
    return Map(size, fragments)
