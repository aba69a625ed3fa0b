"""rpm's own database NDB, as SUSE has it: slots of 16 bytes that say where blobs stand.

Format: rpm, lib/backend/ndb/rpmpkg.cc.
"""

import struct
from collections.abc import Iterator

from lading.cataloging.analysis import Unreadable
from lading.cataloging.asking import Asker
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.recorded_file import RecordedFile
from lading.cataloging.rpm_header import NoHeader, iter_files, iter_owned, parse_header, read_asker

NAME = "rpm-ndb"
_DATABASE, _SLOT, _BLOB = b"RpmP", b"Slot", b"BlbS"
_PAGE_BYTES = 4096
_BLOCK_BYTES = 16
_FIRST_SLOT = 2 * 16  # the header stands where two slots would


def parse_packages(path: str, content: bytes) -> Iterator[Found]:
    """Yield the packages; slots that make no sense are reported, and the others are read."""
    if not content:
        return
    if len(content) < _PAGE_BYTES or content[:4] != _DATABASE:
        yield Unreadable(path, NAME, "it is not an NDB database")
        return
    slot_pages = int.from_bytes(content[12:16], "little")
    end = slot_pages * _PAGE_BYTES
    if slot_pages == 0 or end > len(content):
        yield Unreadable(path, NAME, "it is cut, or lies about the number of its slots")
        end = min(end, len(content))
    for at in range(_FIRST_SLOT, end - 15, 16):
        magic, index, block, blocks = struct.unpack_from("<4sIII", content, at)
        if magic != _SLOT:
            yield Unreadable(path, NAME, "a slot does not begin as slots do")
        elif block:
            yield from _read_blob(path, content, index, block * _BLOCK_BYTES, blocks * _BLOCK_BYTES)


def iter_owned_files(path: str, content: bytes) -> Iterator[RecordedFile]:  # noqa: ARG001 - one per system
    """Yield the files of the packages that matter."""
    return (file for blob in _iter_blobs(content) for file in iter_owned(blob))


def iter_all_files(path: str, content: bytes) -> Iterator[RecordedFile]:  # noqa: ARG001 - one per system
    """Yield all files of the packages."""
    return (file for blob in _iter_blobs(content) for file in iter_files(blob))


def iter_asks(path: str, content: bytes) -> Iterator[Asker]:  # noqa: ARG001 - one per system
    """Yield what the packages require and provide."""
    return (found for blob in _iter_blobs(content) if (found := read_asker(blob)) is not None)


def _iter_blobs(content: bytes) -> Iterator[bytes]:
    """Those that can be read; the others are reported already."""
    end = min(int.from_bytes(content[12:16], "little") * _PAGE_BYTES, len(content))
    for at in range(_FIRST_SLOT, end - 15, 16):
        magic, index, block, blocks = struct.unpack_from("<4sIII", content, at)
        if magic == _SLOT and block:
            yield _blob(content, index, block * _BLOCK_BYTES, blocks * _BLOCK_BYTES) or b""


def _blob(content: bytes, index: int, start: int, room: int) -> bytes | None:
    magic, own_index, _, size = struct.unpack("<4sIII", content[start : start + 16].ljust(16, b"\0"))
    blob = content[start + 16 : start + 16 + size]
    return None if magic != _BLOB or own_index != index or size + 16 > room or len(blob) < size else blob


def _read_blob(path: str, content: bytes, index: int, start: int, room: int) -> Iterator[Found]:
    blob = _blob(content, index, start, room)
    if blob is None:
        yield Unreadable(path, NAME, "a blob is not where its slot says: the file is cut or damaged")
        return
    found = parse_header(blob)
    if isinstance(found, NoHeader):
        yield Unreadable(path, NAME, found.reason)
    elif found is not None:
        yield found


CATALOGER = Cataloger(
    name=NAME,
    reads=("var/lib/rpm/Packages.db", "usr/lib/sysimage/rpm/Packages.db"),
    parse=parse_packages,
    max_bytes=512 << 20,
    owns=iter_owned_files,
    records=iter_all_files,
    asks=iter_asks,
)
