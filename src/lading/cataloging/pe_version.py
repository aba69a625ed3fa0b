"""What a program for Windows says of itself in its version resource (PE Format; VS_VERSIONINFO).

Offsets are believed to lie: each is checked against the file before it is used, and trees are walked for a
bounded number of steps.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"MZ"
_PE = b"PE\0\0"
_RESOURCES, _CLR = 2, 14  # of the directories in the optional header
_RT_VERSION = 16
_DIRECTORY_BIT = 0x8000_0000
_MOST = 4_096  # entries that are looked at of anything
_MAX_RESOURCE = 1 << 20
_DEPTH = 4  # StringFileInfo, StringTable, String


@dataclass(frozen=True, slots=True)
class _Headers:
    directories: int  # where the directories begin
    count: int
    sections: int
    section_count: int


def is_managed(head: bytes) -> bool:
    """Whether the beginning of a file is that of a program for .NET: one with a header of the CLR."""
    headers = _headers(head)
    return headers is not None and _directory(head, headers, _CLR)[1] > 0


def read_version_strings(content: bytes) -> dict[str, str]:
    """Texts of the version resource by their names (``ProductVersion`` …); none where there is none."""
    headers = _headers(content)
    if headers is None:
        return {}
    address, size = _directory(content, headers, _RESOURCES)
    start = _offset(content, headers, address)
    if not size or start is None:
        return {}
    place = _find_resource(content, start)
    at = _offset(content, headers, place[0]) if place else None
    if place is None or at is None:
        return {}
    resource = content[at : at + min(place[1], _MAX_RESOURCE)]
    return dict(_iter_strings(resource, 0, len(resource), _DEPTH))


def _headers(content: bytes) -> _Headers | None:
    if not content.startswith(MAGIC) or len(content) < 64:
        return None
    at = int.from_bytes(content[60:64], "little")
    if content[at : at + 4] != _PE or len(content) < at + 24 + 112:
        return None
    sections, optional_bytes = struct.unpack_from("<2xH12xH", content, at + 4)
    optional = at + 24
    wide = {0x10B: 0, 0x20B: 16}.get(int.from_bytes(content[optional : optional + 2], "little"))
    if wide is None:
        return None
    count = int.from_bytes(content[optional + 92 + wide : optional + 96 + wide], "little")
    return _Headers(optional + 96 + wide, min(count, 16), optional + optional_bytes, sections)


def _directory(content: bytes, headers: _Headers, number: int) -> tuple[int, int]:
    at = headers.directories + 8 * number
    if number >= headers.count or at + 8 > len(content):
        return 0, 0
    address, size = struct.unpack_from("<II", content, at)
    return address, size


def _offset(content: bytes, headers: _Headers, address: int) -> int | None:
    """Where in the file stands what is loaded at an address."""
    for number in range(min(headers.section_count, 96)):
        at = headers.sections + 40 * number
        if at + 40 > len(content):
            return None
        size, start, raw_bytes, raw = struct.unpack_from("<8xIIII", content, at)
        if start <= address < start + max(size, raw_bytes):
            found = raw + address - start
            return found if found < len(content) else None
    return None


def _find_resource(content: bytes, start: int) -> tuple[int, int] | None:
    """Address and size of the version: the tree has types, then names, then languages; the first of each."""
    at = start
    for level in range(3):
        entry = next(
            (below for kind, below in _iter_entries(content, at) if level or kind == _RT_VERSION), None
        )
        if entry is None:
            return None
        at = start + (entry & ~_DIRECTORY_BIT)
        if bool(entry & _DIRECTORY_BIT) != (level < 2):
            return None
    if at + 8 > len(content):
        return None
    address, size = struct.unpack_from("<II", content, at)
    return address, size


def _iter_entries(content: bytes, at: int) -> Iterator[tuple[int, int]]:
    if at + 16 > len(content):
        return
    named, numbered = struct.unpack_from("<12xHH", content, at)
    for number in range(min(named + numbered, _MOST)):
        place = at + 16 + 8 * number
        if place + 8 > len(content):
            return
        kind, below = struct.unpack_from("<II", content, place)
        yield kind, below


def _iter_strings(raw: bytes, at: int, end: int, depth: int) -> Iterator[tuple[str, str]]:
    """Blocks of: length, length of the value, type, name, then value or blocks, aligned to four bytes."""
    for _ in range(_MOST):
        if at + 6 > end:
            return
        length, value_length, kind = struct.unpack_from("<HHH", raw, at)
        stop = min(at + length, end)
        name, inside = _wide_text(raw, at + 6, stop)
        if length < 8 or not name:
            return
        inside = _aligned(inside)
        if kind == 1 and value_length and depth == 1:
            yield name, _wide_text(raw, inside, stop)[0].strip()
        elif depth > 1:
            yield from _iter_strings(raw, _aligned(inside + (0 if kind else value_length)), stop, depth - 1)
        at = _aligned(at + length)


def _wide_text(raw: bytes, at: int, end: int) -> tuple[str, int]:
    """UTF-16 up to a NUL, and where it goes on behind that."""
    stop = at
    while stop + 1 < end and raw[stop : stop + 2] != b"\0\0":
        stop += 2
    return raw[at:stop].decode("utf-16-le", "replace"), stop + 2


def _aligned(at: int) -> int:
    return at + 3 & ~3
