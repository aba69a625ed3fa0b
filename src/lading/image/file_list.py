"""The files of one layer, each once: what stands where, with which rights and which content.

Kept for every layer, so it is packed: entries are sorted by path, each path says how much of it is as in the
one before, and every property is a column of its own. Columns are compressed together; digests, which nothing
compresses, stand beside them.
"""

import bisect
from array import array
from collections.abc import Iterator
from enum import StrEnum

import msgspec
import zstandard

from lading.foundation.errors import Malformed

_LEVEL = 6  # zstd: a twentieth of a second for a Debian layer
_MAX_UNPACKED = 1 << 30  # bytes
_SHA256 = 32  # bytes
_SHORT = 8  # bytes of MD5 and of SHA-1: package databases are compared with them, nobody is looked up


class FileKind(StrEnum):
    """What an entry of a layer makes, or deletes."""

    FILE = "file"
    HARD_LINK = "hard link"  # ``link`` is another path of the layer, or of one below
    SYMBOLIC_LINK = "symbolic link"  # ``link`` is as written
    DIRECTORY = "directory"
    DEVICE = "device"
    FIFO = "fifo"
    OTHER = "other"
    WHITEOUT = "whiteout"  # ``path`` and all below it is deleted from the layers below
    OPAQUE = "opaque"  # all below ``path`` is


_KINDS = tuple(FileKind)
_CODES = {kind: code for code, kind in enumerate(_KINDS)}


class FileEntry(msgspec.Struct, frozen=True, gc=False):
    """One entry. Paths are relative to the root, without a leading slash; the root itself is empty.

    ``sha256`` is of the whole content, and empty where there is none, or where nobody took it (a sparse file
    of more than a limit). ``md5`` and ``sha1`` are the first eight bytes of those digests, which the records
    of dpkg and of apk have; they are there for files that may be such a package's.
    """

    path: str
    kind: FileKind
    size: int = 0  # bytes
    mode: int = 0  # permission bits, with setuid (0o4000), setgid (0o2000) and sticky (0o1000)
    uid: int = 0
    gid: int = 0
    sha256: bytes = b""
    md5: bytes = b""
    sha1: bytes = b""
    link: str = ""
    capabilities: bytes = b""  # the extended attribute security.capability, as it is

    @property
    def deletes(self) -> bool:
        """Whether it makes nothing, and takes away from the layers below."""
        return self.kind in (FileKind.WHITEOUT, FileKind.OPAQUE)


class FileList:
    """The entries of a layer in the order of their paths, made as they are asked for."""

    __slots__ = ("_paths", "_table")

    def __init__(self, columns: "_Columns") -> None:
        self._paths: list[str] = _unshorten(columns.shared, columns.endings)
        self._table = _Table(columns)

    def __len__(self) -> int:
        return len(self._paths)

    def __iter__(self) -> Iterator[FileEntry]:
        for number, path in enumerate(self._paths):
            yield self._table.entry(path, number)

    def at(self, path: str) -> FileEntry | None:
        """What the layer has at ``path``: an entry that makes something there, else one that deletes."""
        first = bisect.bisect_left(self._paths, path)
        last = bisect.bisect_right(self._paths, path, lo=first)
        found = [self._table.entry(path, number) for number in range(first, last)]
        return next((entry for entry in found if not entry.deletes), found[0] if found else None)

    def paths(self) -> tuple[str, ...]:
        """Every path, sorted; one that is opaque and is made again stands there twice."""
        return tuple(self._paths)


class _Columns(msgspec.Struct, array_like=True, frozen=True):
    """The packed form, which is kept: members are only ever added at the end."""

    shared: bytes  # array("H"): characters that a path begins with as the one before it
    endings: str  # the rest of each path, NUL between them
    kinds: bytes  # array("B")
    modes: bytes  # array("H")
    owners: bytes  # array("I"): user and group of each
    sizes: bytes  # array("Q")
    links: str  # of those that have one, NUL between them
    linked: bytes  # array("I"): their numbers
    sha256: bytes  # of those that have one
    hashed: bytes  # array("I"): their numbers
    md5: bytes  # of those that have one, eight bytes of each
    with_md5: bytes  # array("I"): their numbers
    sha1: bytes  # likewise
    with_sha1: bytes
    capable: dict[int, bytes]


class _Table:
    """Columns that can be looked into."""

    def __init__(self, columns: _Columns) -> None:
        self._kinds = columns.kinds
        self._modes = _array("H", columns.modes)
        self._owners = _array("I", columns.owners)
        self._sizes = _array("Q", columns.sizes)
        links = columns.links.split("\0") if columns.linked else []
        self._links = dict(zip(_array("I", columns.linked), links, strict=True))
        self._sha256 = {number: at for at, number in enumerate(_array("I", columns.hashed))}
        self._md5 = {number: at for at, number in enumerate(_array("I", columns.with_md5))}
        self._sha1 = {number: at for at, number in enumerate(_array("I", columns.with_sha1))}
        self._columns = columns

    def entry(self, path: str, number: int) -> FileEntry:
        columns = self._columns
        return FileEntry(
            path=path,
            kind=_KINDS[self._kinds[number]],
            size=self._sizes[number],
            mode=self._modes[number],
            uid=self._owners[2 * number],
            gid=self._owners[2 * number + 1],
            sha256=_cell(columns.sha256, self._sha256.get(number), _SHA256),
            md5=_cell(columns.md5, self._md5.get(number), _SHORT),
            sha1=_cell(columns.sha1, self._sha1.get(number), _SHORT),
            link=self._links.get(number, ""),
            capabilities=columns.capable.get(number, b""),
        )


def _cell(column: bytes, number: int | None, width: int) -> bytes:
    return b"" if number is None else column[number * width : (number + 1) * width]


def _array(code: str, raw: bytes) -> "array[int]":
    numbers = array(code)
    numbers.frombytes(raw)
    return numbers


def _unshorten(shared: bytes, endings: str) -> list[str]:
    lengths = _array("H", shared)
    paths: list[str] = []
    before = ""
    for length, ending in zip(lengths, endings.split("\0") if lengths else (), strict=True):
        before = before[:length] + ending
        paths.append(before)
    return paths


def encode(entries: "list[FileEntry]") -> bytes:
    """Pack entries, which come in any order. The same entries are the same bytes."""
    ordered = sorted(entries, key=lambda entry: (entry.path, _CODES[entry.kind]))
    linked = [number for number, entry in enumerate(ordered) if entry.link]
    hashed = [number for number, entry in enumerate(ordered) if entry.sha256]
    with_md5 = [number for number, entry in enumerate(ordered) if entry.md5]
    with_sha1 = [number for number, entry in enumerate(ordered) if entry.sha1]
    shared, endings = _shorten([entry.path for entry in ordered])
    columns = _Columns(
        shared=shared,
        endings=endings,
        kinds=bytes(_CODES[entry.kind] for entry in ordered),
        modes=array("H", (entry.mode & 0o7777 for entry in ordered)).tobytes(),
        owners=array("I", (_bounded(one) for entry in ordered for one in (entry.uid, entry.gid))).tobytes(),
        sizes=array("Q", (min(entry.size, (1 << 64) - 1) for entry in ordered)).tobytes(),
        links="\0".join(ordered[number].link.replace("\0", "") for number in linked),
        linked=array("I", linked).tobytes(),
        sha256=b"".join(ordered[number].sha256 for number in hashed),
        hashed=array("I", hashed).tobytes(),
        md5=b"".join(ordered[number].md5[:_SHORT] for number in with_md5),
        with_md5=array("I", with_md5).tobytes(),
        sha1=b"".join(ordered[number].sha1[:_SHORT] for number in with_sha1),
        with_sha1=array("I", with_sha1).tobytes(),
        capable={number: entry.capabilities for number, entry in enumerate(ordered) if entry.capabilities},
    )
    return _pack(columns)


def decode(packed: bytes) -> FileList:
    """Unpack. Raises Malformed ``file-list-damaged``."""
    try:
        head, compressed, digests = msgspec.msgpack.decode(packed, type=tuple[int, bytes, list[bytes]])
        if head != 1 or len(digests) != len(_APART):
            raise ValueError("of another form")
        raw = zstandard.ZstdDecompressor().decompress(compressed, max_output_size=_MAX_UNPACKED)
        columns = msgspec.msgpack.decode(raw, type=_Columns)
        apart = dict(zip(_APART, digests, strict=True))
        return FileList(msgspec.structs.replace(columns, **apart))
    except (msgspec.DecodeError, zstandard.ZstdError, ValueError, UnicodeDecodeError, TypeError) as error:
        raise Malformed("file-list-damaged", f"a list of files cannot be read: {error}") from error


EMPTY = FileList(_Columns(b"", "", b"", b"", b"", b"", "", b"", b"", b"", b"", b"", b"", b"", {}))

_APART = ("sha256", "md5", "sha1")  # do not compress


def _pack(columns: _Columns) -> bytes:
    apart = [getattr(columns, name) for name in _APART]
    rest = msgspec.structs.replace(columns, **dict.fromkeys(_APART, b""))
    compressed = zstandard.ZstdCompressor(level=_LEVEL).compress(msgspec.msgpack.encode(rest))
    return msgspec.msgpack.encode((1, compressed, apart))


def _shorten(paths: list[str]) -> tuple[bytes, str]:
    lengths = array("H")
    endings: list[str] = []
    before = ""
    for path in paths:
        length = _shared_length(before, path)
        lengths.append(length)
        endings.append(path[length:])
        before = path
    return lengths.tobytes(), "\0".join(endings)


def _shared_length(before: str, path: str) -> int:
    """Count the characters with which both begin, a directory at a time: quick, and nearly as short."""
    if before == path:
        return len(path)
    cut = before.rfind("/") + 1
    while cut and not path.startswith(before[:cut]):
        cut = before.rfind("/", 0, cut - 1) + 1
    return cut


def _bounded(owner: int) -> int:
    return min(owner, (1 << 32) - 1)
