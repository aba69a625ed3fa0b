"""Zip archives over bytes (PKWARE APPNOTE 6.3.10): the central directory, and entries up to a limit.

The central directory is believed, as Java's class loader does; sizes are not. Bytes before the archive are
skipped, because executable jars begin with a shell script.
"""

import struct
import zlib
from collections.abc import Iterator

import msgspec

MAX_ENTRIES = 200_000

_END, _END64, _LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_CENTRAL, _LOCAL = b"PK\x01\x02", b"PK\x03\x04"
_END_BYTES, _CENTRAL_BYTES, _LOCAL_BYTES = 22, 46, 30
_MAX_COMMENT = 65_535
_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 1
_SIZE64 = 0xFFFF_FFFF  # the real number stands in the extra field


_HEADER = struct.Struct("<8xHH8xIIHHH8xI")  # of an entry in the directory (section 4.3.12)


class BadZip(Exception):
    """The archive, or one entry of it, cannot be read; the message says why."""


class ZipEntry(msgspec.Struct, frozen=True):
    """One entry of the central directory."""

    name: str
    method: int
    encrypted: bool
    stored_bytes: int
    offset: int  # of the local header, from the start of the content


class ZipArchive:
    """Raises BadZip where there is no central directory."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        end = content.rfind(_END, max(0, len(content) - _END_BYTES - _MAX_COMMENT))
        if end < 0 or end + _END_BYTES > len(content):
            raise BadZip("it is no zip archive, or its end is missing")
        count, size, offset = struct.unpack_from("<HII", content, end + 10)
        directory_end = end
        if count == 0xFFFF or _SIZE64 in (size, offset):
            found = self._end64(end)
            if found is not None:
                count, size, offset, directory_end = found
        self._start = directory_end - size
        self._before = self._start - offset  # bytes that stand before the archive
        self._count = count
        if self._start < 0 or self._before < 0:
            raise BadZip("its directory lies outside of it")

    def entries(self) -> Iterator[ZipEntry]:
        """Yield the directory in order; BadZip where it is damaged or too long."""
        if self._count > MAX_ENTRIES:
            raise BadZip(f"it has more than {MAX_ENTRIES} entries")
        at = self._start
        for _ in range(self._count):
            if not self._content.startswith(_CENTRAL, at) or at + _CENTRAL_BYTES > len(self._content):
                raise BadZip("its directory is damaged")
            fields = _HEADER.unpack_from(self._content, at)
            flags, method, stored, size, name_bytes, extra_bytes, comment_bytes, offset = fields
            name_at = at + _CENTRAL_BYTES
            extra_at = name_at + name_bytes
            if _SIZE64 in (stored, offset):
                extra = self._content[extra_at : extra_at + extra_bytes]
                stored, offset = _wide_numbers(extra, size, stored, offset)
            yield ZipEntry(
                name=self._content[name_at:extra_at].decode("utf-8", "backslashreplace"),
                method=method,
                encrypted=bool(flags & _ENCRYPTED),
                stored_bytes=stored,
                offset=offset + self._before,
            )
            at = extra_at + extra_bytes + comment_bytes

    def read(self, entry: ZipEntry, max_bytes: int) -> bytes:
        """The content of an entry; BadZip where it is damaged, or has more than ``max_bytes``."""
        head = self._content[entry.offset : entry.offset + _LOCAL_BYTES]
        if len(head) < _LOCAL_BYTES or not head.startswith(_LOCAL):
            raise BadZip("an entry is not where the directory says")
        if entry.encrypted:
            raise BadZip("an entry is encrypted")
        name_bytes, extra_bytes = struct.unpack_from("<HH", head, 26)
        start = entry.offset + _LOCAL_BYTES + name_bytes + extra_bytes
        stored = self._content[start : start + entry.stored_bytes]
        if len(stored) < entry.stored_bytes:
            raise BadZip("an entry is cut")
        if entry.method == _STORED:
            content = stored
        elif entry.method == _DEFLATED:
            content = _inflate(stored, max_bytes)
        else:
            raise BadZip(f"an entry is compressed by method {entry.method}")
        if len(content) > max_bytes:
            raise BadZip(f"an entry has more than {max_bytes} bytes")
        return content

    def _end64(self, end: int) -> tuple[int, int, int, int] | None:
        """Count, size, offset and end of the directory of an archive with 64-bit numbers."""
        locator = self._content[max(0, end - 20) : end]
        if not locator.startswith(_LOCATOR64):
            return None
        at = self._content.rfind(_END64, 0, end - 20)
        record = self._content[at : at + 56] if at >= 0 else b""
        if len(record) < 56:
            return None
        count, size, offset = struct.unpack_from("<QQQ", record, 32)
        return count, size, offset, at


def _inflate(stored: bytes, max_bytes: int) -> bytes:
    inflating = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflating.decompress(stored, max_bytes + 1)
    except zlib.error as error:
        raise BadZip("an entry is damaged") from error
    if not inflating.eof and len(content) <= max_bytes:
        raise BadZip("an entry is cut")
    return content


def _wide_numbers(extra: bytes, size: int, stored: int, offset: int) -> tuple[int, int]:
    """Stored size and offset out of the extra field 0x0001 (section 4.5.3): it has only what is missing."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            numbers = iter(struct.unpack_from(f"<{min(length, len(extra) - at - 4) // 8}Q", extra, at + 4))
            if size == _SIZE64:
                next(numbers, 0)
            stored = next(numbers, stored) if stored == _SIZE64 else stored
            offset = next(numbers, offset) if offset == _SIZE64 else offset
            return stored, offset
        at += 4 + length
    return stored, offset
