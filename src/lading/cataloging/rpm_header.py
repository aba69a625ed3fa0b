"""RPM headers as installed-package databases keep them (rpm 4.x, "RPM V4 Package format", section Header).

All three databases of rpm (Berkeley DB, NDB, SQLite) store the same blob for each package: two counts, an
index of 16-byte entries, and a store that the entries point into.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from lading.cataloging.program_places import is_worth_owning
from lading.packages.package import Package

MAX_ENTRIES = 0xFFFF  # rpm's own limits (lib/header.cc)
MAX_STORE_BYTES = 256 << 20

_NAME, _VERSION, _RELEASE, _EPOCH, _LICENSE, _ARCH, _SOURCE = 1000, 1001, 1002, 1003, 1014, 1022, 1044
_DIRECTORY_INDEXES, _BASE_NAMES, _DIRECTORIES = 1116, 1117, 1118
_INT32, _STRING, _STRING_ARRAY, _I18N_STRING = 4, 6, 8, 9
_TEXTS = frozenset({_STRING, _STRING_ARRAY, _I18N_STRING})
_WANTED = frozenset({_NAME, _VERSION, _RELEASE, _EPOCH, _LICENSE, _ARCH, _SOURCE})
_ENTRY = struct.Struct(">IIII")  # tag, type, offset, count


@dataclass(frozen=True, slots=True)
class NoHeader:
    """A blob that is not the header of a package."""

    reason: str


def parse_header(blob: bytes) -> Package | NoHeader | None:
    """Read one package; None for the keys that rpm keeps as if they were packages."""
    values = _read_values(blob)
    if isinstance(values, NoHeader):
        return values
    name, version, release = (str(values.get(tag, "")) for tag in (_NAME, _VERSION, _RELEASE))
    if name == "gpg-pubkey":
        return None
    if not name or not version or not (name + version + release).isprintable():
        return NoHeader("a header does not name a package and a version")
    epoch = values.get(_EPOCH)
    license_text = str(values.get(_LICENSE, ""))
    own = f"{version}-{release}" if release else version
    source_name, source_version = _read_source(str(values.get(_SOURCE, "")))
    return Package(
        type="rpm",
        namespace="",
        name=name,
        version=f"{epoch}:{own}" if epoch else own,
        arch=str(values.get(_ARCH, "")),
        source_name=source_name or name,
        # The name of a source package leaves the epoch out; advisories compare with it.
        source_version=(f"{epoch}:{source_version}" if epoch else source_version) if source_version else "",
        licenses=(license_text,) if license_text else (),
    )


def iter_owned(blob: bytes) -> Iterator[tuple[str, str]]:
    """Yield the paths of a package's files that a package might be read from, and its name."""
    values = _read_values(blob)
    if isinstance(values, NoHeader):
        return
    package, lists = str(values.get(_NAME, "")), _read_lists(blob)
    directories, bases = lists.get(_DIRECTORIES, []), lists.get(_BASE_NAMES, [])
    for base, index in zip(bases, lists.get(_DIRECTORY_INDEXES, []), strict=False):
        number = int.from_bytes(index, "big")
        if number < len(directories):
            path = (directories[number] + base).decode("utf-8", "replace").lstrip("/")
            if is_worth_owning(path):
                yield path, package


def _read_lists(blob: bytes) -> dict[int, list[bytes]]:
    """The values of tags that have many, in a blob that is a header: texts, and numbers of four bytes."""
    entries, store_bytes = struct.unpack_from(">II", blob)
    start = 8 + entries * _ENTRY.size
    store = blob[start : start + store_bytes]
    lists: dict[int, list[bytes]] = {}
    for tag, kind, offset, count in _ENTRY.iter_unpack(blob[8:start]):
        if tag in (_BASE_NAMES, _DIRECTORIES) and kind == _STRING_ARRAY and count <= store_bytes:
            lists[tag] = store[offset:].split(b"\0", count)[:count]
        elif tag == _DIRECTORY_INDEXES and kind == _INT32 and offset + 4 * count <= store_bytes:
            lists[tag] = [store[at : at + 4] for at in range(offset, offset + 4 * count, 4)]
    return lists


def _read_values(blob: bytes) -> dict[int, str | int] | NoHeader:
    if len(blob) < 8:
        return NoHeader("a header is cut")
    entries, store_bytes = struct.unpack_from(">II", blob)
    start = 8 + entries * _ENTRY.size
    if not 0 < entries <= MAX_ENTRIES or store_bytes > MAX_STORE_BYTES or len(blob) < start + store_bytes:
        return NoHeader("a header is cut, or lies about its size")
    end = start + store_bytes
    values: dict[int, str | int] = {}
    for tag, kind, offset, count in _ENTRY.iter_unpack(blob[8:start]):
        if tag not in _WANTED or count == 0:
            continue
        at = start + offset
        if kind in _TEXTS:
            stop = blob.find(b"\0", at, end)
            if stop < 0:
                return NoHeader("a header points outside of itself")
            values[tag] = blob[at:stop].decode("utf-8", "replace")
        elif kind == _INT32 and at + 4 <= end:
            values[tag] = int.from_bytes(blob[at : at + 4], "big")
        else:
            return NoHeader("a header points outside of itself, or has a value of the wrong type")
    return values


def _read_source(file_name: str) -> tuple[str, str]:
    """``bash-5.1.8-9.el9.src.rpm`` → ``bash``, ``5.1.8-9.el9``."""
    stem = file_name.removesuffix(".rpm").rpartition(".")[0]
    rest, _, release = stem.rpartition("-")
    name, _, version = rest.rpartition("-")
    return (name, f"{version}-{release}") if name and version and release else ("", "")
