"""The dynamic linker's cache, ``/etc/ld.so.cache``, as glibc has written it since 2.2 (dl-cache.h).

An application that installs libraries writes the cache anew. Over another base it would hide that base's
libraries, so it is made again: the entries of the new base, and those that the application added.
"""

import struct
from dataclasses import dataclass

from lading.lineage.records_merge import Merge, Merged, NoMerge

PATH = "etc/ld.so.cache"
_MAGIC = b"glibc-ld.so.cache1.1"
_OLD_MAGIC = b"ld.so-1.7.0"
_HEADER = struct.Struct("<20sIIB3xI12x")  # magic, entries, bytes of strings, flags, extension
_ENTRY = struct.Struct("<iIIIQ")  # flags, key, value, version of the system, hardware capabilities
_LITTLE_ENDIAN = 2
_MAX_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A library: by its soname and what it was built for, and where it is."""

    flags: int
    name: bytes
    path: bytes
    os_version: int
    capabilities: int

    @property
    def key(self) -> tuple[bytes, int, int, bytes]:
        """What tells entries apart."""
        return (self.name, self.flags, self.capabilities, self.path)


class NotCache(Exception):
    """The bytes are no cache that can be read; the message says why."""


def parse(content: bytes) -> list[CacheEntry]:
    """Read the entries, in their order. Raises NotCache."""
    start = _start(content)
    if start + _HEADER.size > len(content):
        raise NotCache("it is cut")
    _, count, _, _, _ = _HEADER.unpack_from(content, start)
    if count > _MAX_ENTRIES or start + _HEADER.size + count * _ENTRY.size > len(content):
        raise NotCache(f"it claims {count} entries")
    entries: list[CacheEntry] = []
    for number in range(count):
        at = start + _HEADER.size + number * _ENTRY.size
        flags, key, value, version, capabilities = _ENTRY.unpack_from(content, at)
        name, path = _string(content, start + key), _string(content, start + value)
        entries.append(CacheEntry(flags, name, path, version, capabilities))
    return entries


def write(entries: list[CacheEntry]) -> bytes:
    """Write a cache as ldconfig does: the linker searches it by halves, so the order counts."""
    ordered = sorted(entries, key=_order, reverse=True)
    strings = bytearray()
    places: dict[bytes, int] = {}
    start = _HEADER.size + len(ordered) * _ENTRY.size
    rows = bytearray()
    for entry in ordered:
        for text in (entry.name, entry.path):
            if text not in places:
                places[text] = start + len(strings)
                strings += text + b"\0"
        rows += _ENTRY.pack(
            entry.flags, places[entry.name], places[entry.path], entry.os_version, entry.capabilities
        )
    header = _HEADER.pack(_MAGIC, len(ordered), len(strings), _LITTLE_ENDIAN, 0)
    return header + bytes(rows) + bytes(strings)


def merge(old: bytes, app: bytes, new: bytes) -> Merge:
    """The new base's cache with what the application added, and without what it removed."""
    try:
        before = {entry.key: entry for entry in parse(old)}
        mine = {entry.key: entry for entry in parse(app)}
        theirs = {entry.key: entry for entry in parse(new)}
    except NotCache as error:
        return NoMerge(str(error))
    added = {key: entry for key, entry in mine.items() if key not in before}
    removed = [key for key in before if key not in mine]
    result = {**theirs, **added}
    for key in removed:
        result.pop(key, None)
    names = tuple(entry.path.decode("utf-8", "replace") for entry in added.values())
    return Merged(write(list(result.values())), names)


def _start(content: bytes) -> int:
    """The new form may stand after the old one, at the next multiple of eight."""
    if content.startswith(_MAGIC):
        return 0
    if content.startswith(_OLD_MAGIC):
        at = content.find(_MAGIC)
        if at > 0:
            return at
    raise NotCache("it is not a cache of the dynamic linker that is known here")


def _string(content: bytes, at: int) -> bytes:
    end = content.find(b"\0", at, at + 4_096)
    if at >= len(content) or end < 0:
        raise NotCache("a name in it leads out of the file")
    return content[at:end]


def _order(entry: CacheEntry) -> tuple[list[tuple[int, int | bytes]], int, int, bytes]:
    """As ``_dl_cache_libcmp`` compares: numbers in names by their value, after other characters."""
    parts: list[tuple[int, int | bytes]] = []
    name = entry.name
    at = 0
    while at < len(name):
        if name[at : at + 1].isdigit():
            end = at
            while end < len(name) and name[end : end + 1].isdigit():
                end += 1
            parts.append((256, int(name[at:end])))
            at = end
        else:
            parts.append((name[at], 0))
            at += 1
    return parts, entry.flags, entry.capabilities, entry.path
