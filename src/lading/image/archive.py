"""The tar archive of a layer, read once from front to back.

Formats: V7, POSIX.1-1988 ustar, POSIX.1-2001 pax, GNU (long names, sparse files, base-256 numbers). Where
readers differ, this one agrees with Go's archive/tar, because the runtimes that unpack the layer use it: what
they would see is what we must see.
"""

import zlib
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

import msgspec

from lading.foundation.errors import Malformed, OverLimit
from lading.image import pax, sparse
from lading.image.limits import ReadingLimits
from lading.image.path import MAX_LENGTH, normalise
from lading.image.window import Window

BLOCK = 512  # bytes
_EMPTY = bytes(BLOCK)
_GNU_SPARSE = ord("S")
_SPACES = 8 * 0x20  # what the checksum field counts as while the checksum is made


class EntryKind(Enum):
    """What an entry makes."""

    FILE = "file"
    HARD_LINK = "hard link"
    SYMBOLIC_LINK = "symbolic link"
    DIRECTORY = "directory"
    DEVICE = "device"
    FIFO = "fifo"
    OTHER = "other"


_KINDS = {
    b"0": EntryKind.FILE,
    b"\0": EntryKind.FILE,
    b"7": EntryKind.FILE,  # "contiguous", which nobody makes so
    b"S": EntryKind.FILE,  # GNU sparse
    b"1": EntryKind.HARD_LINK,
    b"2": EntryKind.SYMBOLIC_LINK,
    b"3": EntryKind.DEVICE,
    b"4": EntryKind.DEVICE,
    b"5": EntryKind.DIRECTORY,
    b"6": EntryKind.FIFO,
}
# Their size field counts no data, whatever it says (Go: isHeaderOnlyType).
_WITHOUT_DATA = frozenset(_KINDS.values()) - {EntryKind.FILE}


class Entry(msgspec.Struct, frozen=True):
    """One entry. ``path`` is relative to the root, and is the name as written where ``unplaced``.

    ``size`` is that of the file, in bytes, with its holes; ``link`` is as written. ``problem`` says what is
    wrong with the name, if anything is; an ``unplaced`` entry has no place in the root at all.
    """

    path: str
    kind: EntryKind
    size: int
    link: str
    header: bytes  # all 512 bytes, for what is rarely asked for
    problem: str = ""
    unplaced: bool = False
    records: pax.Records = msgspec.field(default_factory=dict)  # of the extended header

    @property
    def uid(self) -> int:
        """Number of the user that owns it. Raises Malformed."""
        return self._owner("uid", 108)

    @property
    def gid(self) -> int:
        """Number of the group that owns it. Raises Malformed."""
        return self._owner("gid", 116)

    @property
    def capabilities(self) -> bytes:
        """The extended attribute ``security.capability`` as archivers write it; mostly empty."""
        return self.records.get("SCHILY.xattr.security.capability", b"") if self.records else b""

    @property
    def is_sparse(self) -> bool:
        """Whether holes are left out of what is stored."""
        if self.header[156] == _GNU_SPARSE:
            return True
        return bool(self.records) and any(key.startswith("GNU.sparse.") for key in self.records)

    @property
    def mode(self) -> int:
        """Permission bits, with setuid, setgid and sticky. Raises Malformed where they are no number."""
        return _common_number(self.header[100:108])

    @property
    def is_executable(self) -> bool:
        """Whether anybody may run it."""
        return bool(self.mode & 0o111)

    def _owner(self, name: str, at: int) -> int:
        if self.records and name in self.records:
            return pax.parse_size(self.records[name])
        return _common_number(self.header[at : at + 8])


class Archive:
    """Iterate over the entries; between two steps, read the content of the current one, or do not.

    Raises Malformed where the archive is broken (entries until then have been yielded) and OverLimit where it
    goes over ``limits``.
    """

    def __init__(self, chunks: Iterator[bytes], limits: ReadingLimits) -> None:
        self._window = Window(chunks)
        self._limits = limits
        self._unread = 0  # bytes of data of the current entry that were not taken
        self._padding = 0
        self._holes: sparse.Map | None = None
        self.entry_count = 0

    def __iter__(self) -> Iterator[Entry]:
        while (header := self._next_header()) is not None:
            entry = self._next_entry(header)
            self.entry_count += 1
            if self.entry_count > self._limits.entries:
                raise OverLimit(
                    "layer-too-many-entries",
                    f"the layer has more than {self._limits.entries} entries",
                    details={"limit": self._limits.entries},
                )
            yield entry
        self._refuse_rest()

    def pieces(self) -> Iterator[memoryview]:
        """Yield what is stored of the current file, without its holes."""
        while self._unread:
            piece = self._window.piece(self._unread)
            if not piece:
                raise _cut()
            self._unread -= len(piece)
            yield piece

    def head(self, size: int) -> bytes:
        """What the current file begins with, at most ``size`` bytes; nothing is taken."""
        return self._window.peek(min(size, self._unread))

    def whole(self) -> memoryview | None:
        """What is stored of the current file, if all of it is at hand; else None, and nothing is taken."""
        piece = self._window.at_hand(self._unread)
        if piece is not None:
            self._unread = 0
        return piece

    def read(self) -> bytes:
        """The content of the current file. Look at its ``size`` first."""
        if self._holes is not None:
            return sparse.expand(self._holes, self.pieces())
        unread, self._unread = self._unread, 0
        content = self._window.take(unread)
        if len(content) < unread:
            raise _cut()
        return content

    def _next_header(self) -> bytes | None:
        """Skip the rest of the current entry; None at the end of the archive."""
        if self._window.skip(self._unread + self._padding):
            raise _cut()
        self._unread = self._padding = 0
        header = self._window.take(BLOCK)
        if not header:
            return None  # without the two empty blocks: allowed to, since the digest shows what was cut
        if len(header) < BLOCK:
            raise _cut()
        if header == _EMPTY:
            if self._window.take(BLOCK) in (_EMPTY, b""):
                return None
            raise Malformed("layer-corrupt", "the tar archive goes on after an empty block")
        _verify_checksum(header)
        return header

    def _next_entry(self, header: bytes) -> Entry:
        records: pax.Records = {}
        long_name = long_link = None
        while (kind := header[156:157]) in b"xgLK":
            content = self._special(header)
            if kind == b"x":
                records = pax.parse_records(content)
            elif kind == b"L":
                long_name = content.partition(b"\0")[0]
            elif kind == b"K":
                long_link = content.partition(b"\0")[0]
            # A global header (g) changes nothing: runtimes do not apply it to the entries that follow.
            following = self._next_header()
            if following is None:
                raise Malformed("layer-corrupt", "the tar archive ends after a header that extends the next")
            header = following
        name = records.get("path") or long_name or _name(header)
        link = records.get("linkpath") or long_link or header[157:257].partition(b"\0")[0]
        return self._entry(header, records, name, link)

    def _entry(self, header: bytes, records: pax.Records, name: bytes, link: bytes) -> Entry:
        flag = header[156:157]
        kind = _KINDS.get(flag, EntryKind.OTHER)
        if kind is EntryKind.FILE and name.endswith(b"/"):
            kind = EntryKind.DIRECTORY  # V7 had no type for directories
        stored = _number(header[124:136]) if "size" not in records else pax.parse_size(records["size"])
        if kind in _WITHOUT_DATA:
            stored = 0
        self._unread = stored
        self._padding = -stored % BLOCK
        size, self._holes = stored, None
        if kind is EntryKind.FILE and (flag == b"S" or records):
            size, name = self._read_sparse(header, records, name)
        path, problem, unplaced = _path(name)
        return Entry(path, kind, size, _text(link), header, problem, unplaced, records)

    def _read_sparse(self, header: bytes, records: pax.Records, name: bytes) -> tuple[int, bytes]:
        """Find the map of a sparse file; return its size and name."""
        reading = sparse.read_map(header, records, self._take_block)
        if reading is None:
            return self._unread, name
        self._holes, from_data = reading
        # The extension blocks of the old GNU form do not count as data, those of pax 1.0 do.
        self._unread -= from_data
        if self._unread != self._holes.stored:
            raise Malformed("layer-corrupt", "a sparse file stores more or less than its map says")
        return self._holes.size, records.get("GNU.sparse.name") or name

    def _take_block(self) -> bytes:
        block = self._window.take(BLOCK)
        if len(block) < BLOCK:
            raise _cut()
        return block

    def _special(self, header: bytes) -> bytes:
        """The data of a header that extends the next one."""
        size = _number(header[124:136])
        if size > self._limits.header_bytes:
            raise OverLimit(
                "layer-header-too-large",
                f"a tar header has {size} bytes, more than the {self._limits.header_bytes} allowed",
                details={"limit": self._limits.header_bytes},
            )
        content = self._window.take(size)
        if len(content) < size:
            raise _cut()
        self._padding = -size % BLOCK
        return content

    def _refuse_rest(self) -> None:
        """Read to the end: the digest is of everything. Runtimes would not see what stands here."""
        while piece := self._window.piece(1 << 20):
            if bytes(piece).strip(b"\0"):
                raise Malformed("layer-trailing-data", "something follows the end of the tar archive")


def _cut() -> Malformed:
    return Malformed("layer-truncated", "the tar archive ends in the middle")


def _verify_checksum(header: bytes) -> None:
    """The sum of all bytes, the checksum's own counted as spaces; old archivers summed signed bytes.

    The low half of an Adler-32 is such a sum plus one, modulo 65,521, and is computed in C.
    """
    recorded = _number(header[148:156])
    own = sum(header[148:156])
    if (zlib.adler32(header) - own + _SPACES - recorded - 1) & 0xFFFF == 0:
        return
    unsigned = sum(header) - own + _SPACES
    signed = unsigned - 256 * sum(byte > 127 for byte in header[:148] + header[156:])
    if recorded not in (unsigned, signed):
        raise Malformed("layer-corrupt", "what should be a tar header has the wrong checksum")


def _number(field: bytes) -> int:
    """Octal text, or base 256 where the first bit is set (GNU)."""
    if field[0] & 0x80:
        if field[0] & 0x40:
            raise Malformed("layer-corrupt", "a number in a tar header is negative")
        return int.from_bytes(bytes((field[0] & 0x7F,)) + field[1:], "big")
    text = field.strip(b" \0").partition(b"\0")[0]
    if text.isdigit():
        try:
            return int(text, 8)
        except ValueError:
            pass
    elif not text:
        return 0
    raise Malformed("layer-corrupt", f"{text[:12]!r} in a tar header is not an octal number")


_common_number = lru_cache(1024)(_number)  # few rights and owners have most files


def _name(header: bytes) -> bytes:
    name = header[:100].partition(b"\0")[0]
    if header[257:263] == b"ustar\0":  # GNU's own magic, "ustar ", has other things where the prefix is
        prefix = header[345:500].partition(b"\0")[0]
        if prefix:
            return prefix + b"/" + name
    return name


def _text(raw: bytes) -> str:
    """Names are bytes; those that are not UTF-8 are written with ``\\xff`` for what is not."""
    return raw.decode("utf-8", "backslashreplace")


def _path(raw: bytes) -> tuple[str, str, bool]:
    """The path that a name means, what is wrong with it, and whether it means none."""
    try:
        name, problem = raw.decode(), ""
    except UnicodeDecodeError:
        name, problem = _text(raw), "its name is not UTF-8"
    if len(name) > MAX_LENGTH:
        return name[:MAX_LENGTH], f"its name has more than {MAX_LENGTH} characters", True
    path = normalise(name)
    if path is None:
        return name, "its name leaves the root of the layer", True
    return path, problem, False
