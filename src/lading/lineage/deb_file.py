"""Debian packages as files: deb(5), an ar archive of a control archive and a data archive.

Written by somebody else: every member has a bound, and what is unpacked is read as layers are.
"""

import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import zstandard

from lading.foundation.errors import Malformed, OverLimit
from lading.image.archive import Archive, EntryKind
from lading.image.file_list import FileEntry, FileKind
from lading.image.limits import ReadingLimits

MAX_PACKAGE = 512 << 20  # bytes of the file
_MAX_UNPACKED = 2 << 30
_MAX_CONTROL = 16 << 20
_CHUNK = 1 << 20
_MAGIC = b"!<arch>\n"
_KINDS = {
    EntryKind.FILE: FileKind.FILE,
    EntryKind.SYMBOLIC_LINK: FileKind.SYMBOLIC_LINK,
    EntryKind.HARD_LINK: FileKind.HARD_LINK,
    EntryKind.DIRECTORY: FileKind.DIRECTORY,
}


@dataclass(frozen=True, slots=True)
class DebFile:
    """One package. ``control`` are its records and scripts by name, ``files`` what it installs."""

    control: dict[str, bytes]
    files: tuple[tuple[FileEntry, bytes], ...]


def read_deb(content: bytes) -> DebFile:
    """Read a package. Raises Malformed ``package-invalid`` or OverLimit."""
    if len(content) > MAX_PACKAGE:
        raise OverLimit("package-too-large", f"a package has at most {MAX_PACKAGE} bytes")
    members = dict(_members(content))
    control = next((name for name in members if name.startswith("control.tar")), None)
    data = next((name for name in members if name.startswith("data.tar")), None)
    if "debian-binary" not in members or control is None or data is None:
        raise _invalid("it has no control or data archive")
    records: dict[str, bytes] = {}
    for entry, body in _unpacked(control, members[control], _MAX_CONTROL):
        if entry.kind is FileKind.FILE:
            records[entry.path] = body
    if "control" not in records:
        raise _invalid("it has no control record")
    return DebFile(records, tuple(_unpacked(data, members[data], _MAX_UNPACKED)))


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    if not content.startswith(_MAGIC):
        raise _invalid("it is no ar archive")
    at = len(_MAGIC)
    for _ in range(16):
        if at + 60 > len(content):
            return
        header = content[at : at + 60]
        size = header[48:58].strip()
        if header[58:60] != b"`\n" or not size.isdigit() or at + 60 + int(size) > len(content):
            raise _invalid("it is cut, or no ar archive")
        yield (
            header[:16].decode("ascii", "replace").strip().rstrip("/"),
            content[at + 60 : at + 60 + int(size)],
        )
        at += 60 + int(size) + int(size) % 2


def _unpacked(name: str, packed: bytes, limit: int) -> Iterator[tuple[FileEntry, bytes]]:
    archive = Archive(_chunks(name, packed, limit), ReadingLimits())
    for entry in archive:
        kind = _KINDS.get(entry.kind)
        if entry.unplaced or kind is None:
            raise _invalid(f"{entry.path[:200]!r} in it cannot be installed")
        body = archive.read() if kind is FileKind.FILE else b""
        yield (
            FileEntry(entry.path, kind, len(body), entry.mode, entry.uid, entry.gid, link=entry.link),
            body,
        )


def _chunks(name: str, packed: bytes, limit: int) -> Iterator[bytes]:
    """Uncompress in steps, to at most ``limit`` bytes (a package of a few bytes can hold terabytes)."""
    total = 0
    for chunk in _uncompressed(name.rpartition(".")[2], packed):
        total += len(chunk)
        if total > limit:
            raise OverLimit("package-too-large", f"a package unpacks to more than {limit} bytes")
        yield chunk


def _uncompressed(form: str, packed: bytes) -> Iterator[bytes]:
    try:
        if form == "tar":
            yield packed
        elif form == "gz":
            gzip = zlib.decompressobj(31)
            while packed and not gzip.eof:
                yield gzip.decompress(packed, _CHUNK)
                packed = gzip.unconsumed_tail
        elif form == "xz":
            xz = lzma.LZMADecompressor(memlimit=256 << 20)
            yield xz.decompress(packed, _CHUNK)
            while not xz.eof and not xz.needs_input:
                yield xz.decompress(b"", _CHUNK)
        elif form == "zst":
            with zstandard.ZstdDecompressor(max_window_size=128 << 20).stream_reader(packed) as reader:
                while chunk := reader.read(_CHUNK):
                    yield chunk
        else:
            raise _invalid(f"it is compressed as {form[:20]!r}, which is not known")
    except (zlib.error, lzma.LZMAError, zstandard.ZstdError) as error:
        raise _invalid(f"it cannot be uncompressed: {error}") from error


def _invalid(reason: str) -> Malformed:
    return Malformed("package-invalid", f"this is no Debian package: {reason}")
