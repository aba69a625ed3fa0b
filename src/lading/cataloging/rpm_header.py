"""RPM headers as installed-package databases keep them (rpm 4.x, "RPM V4 Package format", section Header).

All three databases of rpm (Berkeley DB, NDB, SQLite) store the same blob for each package: two counts, an
index of 16-byte entries, and a store that the entries point into.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from lading.cataloging.asking import Asker
from lading.cataloging.program_places import is_worth_owning
from lading.cataloging.recorded_file import RecordedFile, with_hex_digest
from lading.packages.package import Package

MAX_ENTRIES = 0xFFFF  # rpm's own limits (lib/header.cc)
MAX_STORE_BYTES = 256 << 20

_NAME, _VERSION, _RELEASE, _EPOCH, _LICENSE, _ARCH, _SOURCE = 1000, 1001, 1002, 1003, 1014, 1022, 1044
_DIRECTORY_INDEXES, _BASE_NAMES, _DIRECTORIES = 1116, 1117, 1118
_FILE_STATES, _FILE_DIGESTS, _FILE_FLAGS, _VERIFY_FLAGS, _DIGEST_ALGORITHM = 1029, 1035, 1037, 1045, 5011
_PROVIDED, _REQUIRE_FLAGS, _REQUIRED = 1047, 1048, 1049
_CHAR, _INT32, _STRING, _STRING_ARRAY, _I18N_STRING = 1, 4, 6, 8, 9
_TEXTS = frozenset({_STRING, _STRING_ARRAY, _I18N_STRING})
_WANTED = frozenset({_NAME, _VERSION, _RELEASE, _EPOCH, _LICENSE, _ARCH, _SOURCE})
_ENTRY = struct.Struct(">IIII")  # tag, type, offset, count
_ARRAYS = {
    _BASE_NAMES: _STRING_ARRAY,
    _DIRECTORIES: _STRING_ARRAY,
    _FILE_DIGESTS: _STRING_ARRAY,
    _DIRECTORY_INDEXES: _INT32,
    _FILE_FLAGS: _INT32,
    _VERIFY_FLAGS: _INT32,
    _DIGEST_ALGORITHM: _INT32,
    _FILE_STATES: _CHAR,
    _PROVIDED: _STRING_ARRAY,
    _REQUIRED: _STRING_ARRAY,
    _REQUIRE_FLAGS: _INT32,
}
_WIDTHS = {_CHAR: 1, _INT32: 4}
# rpm's names for algorithms are the numbers of OpenPGP (RFC 9580, section 9.5). Without one it is MD5.
_ALGORITHMS = {1: "md5", 2: "sha1", 8: "sha256", 9: "sha384", 10: "sha512", 11: "sha224"}
_SETTING, _GHOST = 1 << 0, 1 << 6  # RPMFILE_CONFIG, RPMFILE_GHOST
_VERIFIES_DIGEST = 1 << 0  # RPMVERIFY_FILEDIGEST
_NO_PACKAGE = (b"rpmlib(", b"config(", b"(", b"rtld(")
_MAY_BE_MISSING = 1 << 19  # RPMSENSE_MISSINGOK
_NORMAL = b"\0"  # RPMFILE_STATE_NORMAL: others were left out (documentation), or are another package's now


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


def read_asker(blob: bytes) -> Asker | None:
    """What a package requires and provides. Not rpm's own abilities, conditions, and what may be missing."""
    package = parse_header(blob)
    if not isinstance(package, Package):
        return None
    lists = _read_lists(blob)
    flags = lists.get(_REQUIRE_FLAGS, [])
    needs = dict.fromkeys(
        raw.decode("utf-8", "replace")
        for at, raw in enumerate(lists.get(_REQUIRED, []))
        if not raw.startswith(_NO_PACKAGE) and not (at < len(flags) and _number(flags[at]) & _MAY_BE_MISSING)
    )
    provides = dict.fromkeys(raw.decode("utf-8", "replace") for raw in lists.get(_PROVIDED, []))
    provides.pop(package.name, None)
    return Asker(
        "rpm", package.name, package.version, tuple((need,) for need in needs if need), tuple(provides)
    )


def iter_owned(blob: bytes) -> Iterator[RecordedFile]:
    """Yield those of a package's files that a package might be read from."""
    return (file for file in iter_files(blob) if is_worth_owning(file.path))


def iter_files(blob: bytes) -> Iterator[RecordedFile]:
    """Yield every file that a package put down, with the digest that ``rpm --verify`` compares.

    Only as many as have a name. There is no digest of what is no file, of files that are only expected
    (ghosts), and of those that the package says not to verify.
    """
    values = _read_values(blob)
    if isinstance(values, NoHeader):
        return
    package, lists = str(values.get(_NAME, "")), _read_lists(blob)
    directories = lists.get(_DIRECTORIES, [])
    numbers = map(_number, lists.get(_DIRECTORY_INDEXES, []))
    algorithm = _ALGORITHMS.get(_number(lists.get(_DIGEST_ALGORITHM, [b"\1"])[0]), "")
    digests, states = lists.get(_FILE_DIGESTS, []), lists.get(_FILE_STATES, [])
    flags, verified = lists.get(_FILE_FLAGS, []), lists.get(_VERIFY_FLAGS, [])
    for at, (base, number) in enumerate(zip(lists.get(_BASE_NAMES, []), numbers, strict=False)):
        if number >= len(directories) or (at < len(states) and states[at] != _NORMAL):
            continue
        path = (directories[number] + base).decode("utf-8", "replace").lstrip("/")
        flag = _number(flags[at]) if at < len(flags) else 0
        is_verified = at >= len(verified) or _number(verified[at]) & _VERIFIES_DIGEST
        digest = digests[at] if at < len(digests) and is_verified and not flag & _GHOST else b""
        file = with_hex_digest(
            path, package, digest.decode("ascii", "replace"), setting=bool(flag & _SETTING)
        )
        yield file if file.algorithm in ("", algorithm) else RecordedFile(path, package, setting=file.setting)


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


def _read_lists(blob: bytes) -> dict[int, list[bytes]]:
    """The values of tags that have many, in a blob that is a header: texts, and numbers as their bytes."""
    entries, store_bytes = struct.unpack_from(">II", blob)
    start = 8 + entries * _ENTRY.size
    store = blob[start : start + store_bytes]
    lists: dict[int, list[bytes]] = {}
    for tag, kind, offset, count in _ENTRY.iter_unpack(blob[8:start]):
        if _ARRAYS.get(tag) != kind or not 0 < count <= store_bytes:
            continue
        width = _WIDTHS.get(kind)
        if width is None:
            lists[tag] = store[offset:].split(b"\0", count)[:count]
        elif offset + width * count <= store_bytes:
            lists[tag] = [store[at : at + width] for at in range(offset, offset + width * count, width)]
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
