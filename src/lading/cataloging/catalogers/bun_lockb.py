"""Binary lock files of Bun before 1.2 (oven-sh/bun, src/install/lockfile.zig, format version 2).

Packages are kept column by column: all names, then all hashes of names, then all resolutions, and so on, each
column with a row for each package. Only what says name, version and needs is read:

1. After the first two lines: the format's number (4 bytes), a digest (32), the end of the file (8). Then the
   number of packages, the alignment, the number of columns, and where the columns begin and end (8 each).
2. A text has 8 bytes: itself if it is so short, or, where the highest bit is set, its place and length in the
   table of texts, which comes last.
3. Arrays follow the columns, each behind its place in the file and a line that says what it is made of:
   ``<u32> 4 sizeof, 4 alignof``. The second of these has the numbers of packages that answer needs.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from lading.cataloging.analysis import Unreadable
from lading.cataloging.asking import Asker, Scope, asker, key
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import scoped
from lading.packages.package import Package

NAME = "bun-lockb"
_MAGIC = b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n"
_VERSION = 2
_HEAD = struct.Struct("<I32xQQQQQQ")
_NAME_BYTES, _HASH_BYTES, _RESOLUTION_BYTES, _SLICE_BYTES = 8, 8, 64, 8
_RESOLUTION = struct.Struct("<B7x8sIII4x8s8x8s")  # kind, address, three numbers, pre-release, build
_NPM = 2  # of the kinds of resolutions; others are folders, or come from elsewhere than the registry
_ARRAY = re.compile(rb"\n<[^>\n]{1,80}> (?P<size>[0-9]{1,3}) sizeof, [0-9]{1,3} alignof\n")
_LONG = 1 << 63
_MAX_PACKAGES = 500_000


class _Broken(Exception):
    """The file contradicts itself here."""


@dataclass(frozen=True, slots=True)
class _Lock:
    packages: tuple[Package | None, ...]  # None for what is not of the registry
    needs: tuple[tuple[int, ...], ...]  # numbers of packages


def parse_lock(path: str, content: bytes) -> Iterator[Found]:
    """Yield the packages of the registry."""
    try:
        lock = _read(content)
    except _Broken as broken:
        yield Unreadable(path, NAME, str(broken))
        return
    yield from dict.fromkeys(package for package in lock.packages if package is not None)


def iter_asks(_path: str, content: bytes) -> Iterator[Asker]:
    """Yield which package was chosen for each need."""
    try:
        lock = _read(content)
    except _Broken:
        return
    for package, numbers in zip(lock.packages, lock.needs, strict=True):
        if package is not None:
            chosen = (lock.packages[number] for number in numbers if number < len(lock.packages))
            yield asker(package, (f"{key(one)} {one.version}" for one in chosen if one is not None))


def _read(content: bytes) -> _Lock:
    if not content.startswith(_MAGIC) or len(content) < len(_MAGIC) + _HEAD.size:
        raise _Broken("it is not a lock file of Bun")
    version, _, count, _, _, begin, end = _HEAD.unpack_from(content, len(_MAGIC))
    if version != _VERSION:
        raise _Broken(f"it is of version {version} of its format, and only version {_VERSION} is known")
    resolutions_at = begin + count * (_NAME_BYTES + _HASH_BYTES)
    slices_at = resolutions_at + count * (_RESOLUTION_BYTES + _SLICE_BYTES)
    if count > _MAX_PACKAGES or not len(_MAGIC) < begin <= end <= len(content):
        raise _Broken("it lies about the number of its packages, or where they are")
    if slices_at + count * _SLICE_BYTES > end:
        raise _Broken("it has less room for packages than it says that there are")
    arrays = list(_iter_arrays(content, end))
    texts = arrays[-1][1] if arrays and arrays[-1][0] == 1 else b""
    numbers = [array for size, array in arrays if size == 4]
    chosen = numbers[1] if len(numbers) > 1 else b""
    packages = []
    needs = []
    for row in range(count):
        name_at = begin + row * _NAME_BYTES
        name = content[name_at : name_at + _NAME_BYTES]
        packages.append(_package(name, content, resolutions_at + row * _RESOLUTION_BYTES, texts))
        first, length = struct.unpack_from("<II", content, slices_at + row * _SLICE_BYTES)
        part = chosen[4 * first : 4 * (first + length)]
        needs.append(struct.unpack(f"<{len(part) // 4}I", part[: len(part) // 4 * 4]))
    return _Lock(tuple(packages), tuple(needs))


def _iter_arrays(content: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """The size of an item and the bytes of each array, in order."""
    for line in _ARRAY.finditer(content, start):
        if line.start() < start + 16:
            raise _Broken("a table has no place")
        begin, end = struct.unpack_from("<QQ", content, line.start() - 16)
        if not line.end() <= begin <= end <= len(content):
            if begin == end:
                yield int(line["size"]), b""
                continue
            raise _Broken("a table is not where it is said to be")
        yield int(line["size"]), content[begin:end]


def _package(name: bytes, content: bytes, at: int, texts: bytes) -> Package | None:
    kind, _, major, minor, patch, before, build = _RESOLUTION.unpack_from(content, at)
    if kind != _NPM:
        return None
    version = f"{major}.{minor}.{patch}"
    for mark, part in (("-", _text(before, texts)), ("+", _text(build, texts))):
        version += mark + part if part else ""
    return next(iter(scoped("npm", _text(name, texts), version)), None)


def _text(raw: bytes, texts: bytes) -> str:
    number = int.from_bytes(raw, "little")
    if number & _LONG:
        at, length = number & 0xFFFF_FFFF, (number & ~_LONG) >> 32
        if at + length > len(texts):
            raise _Broken("a name leads out of the table of texts")
        return texts[at : at + length].decode("utf-8", "replace")
    return raw.partition(b"\0")[0].decode("utf-8", "replace")


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/bun.lockb",),
    parse=parse_lock,
    max_bytes=64 << 20,
    declares=True,
    asks=iter_asks,
    scope=Scope.FILE,
)
