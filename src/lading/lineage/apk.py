"""The database of apk (apk-tools v2): what its packages need, and whether their files are as it says.

1. ``installed`` has a record for each package: P name, V version, D what it depends on, p what it provides,
   F a directory, R a file in it, Z the file's SHA-1 (apk-package(5), apk-world(5)).
2. A dependency is a name, with a version that has to fit: ``=``, ``<``, ``<=``, ``>``, ``>=``, ``~`` (the
   version begins like that); ``!name`` must not be there.
3. ``scripts.tar`` has a member for each script of each package; apk writes all of it anew with every change.
"""

import base64
import binascii
import io
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lading.lineage.records_merge import Merge, NotRecords, Records, merge_records, parse_stanzas
from lading.packages.version_schemes.apk import APK

INSTALLED = re.compile(r"(?:usr/)?lib/apk/db/installed\Z")
_TOKEN = re.compile(r"(!?)([^\s=<>~@]+)(?:@[^\s=<>~]+)?(?:(>=|<=|=|<|>|~=|~)(\S+))?\Z")
_DIGEST = 8  # bytes of a file's digest that lists of files keep
_MAX_SCRIPTS = 100_000
_BLOCK = 512  # bytes, of an archive


@dataclass(frozen=True, slots=True)
class ApkPackage:
    """One installed package; ``files`` are paths with the beginning of their SHA-1, empty for none."""

    name: str
    version: str
    depends: tuple[str, ...]
    provides: tuple[tuple[str, str], ...]  # name and version, empty for none
    files: tuple[tuple[str, bytes], ...]


_Index = dict[str, list[tuple[str, str]]]  # name to (version, package that is or provides it)


def parse_installed(content: bytes) -> Records:
    """Read the database by name. Raises NotRecords."""

    def name_of(stanza: bytes) -> str:
        name = _field(stanza, b"P:")
        if not name:
            raise NotRecords("a record names no package")
        return name

    return parse_stanzas(content, name_of)


def packages_of(records: Mapping[str, bytes]) -> dict[str, ApkPackage]:
    """Rule 1."""
    return {name: _package(name, stanza) for name, stanza in records.items()}


def index_of(packages: Mapping[str, ApkPackage]) -> _Index:
    """Who is or provides a name."""
    index: _Index = {}
    for package in packages.values():
        index.setdefault(package.name, []).append((package.version, package.name))
        for name, version in package.provides:
            index.setdefault(name, []).append((version, package.name))
    return index


def faults_of(package: ApkPackage, index: _Index) -> Iterator[str]:
    """Rule 2: what a package needs that is not there, and what is there and may not be."""
    for token in package.depends:
        found = _TOKEN.match(token)
        if found is None:
            yield f"{package.name} depends on {token[:80]!r}, which cannot be read"
            continue
        forbids, name, relation, version = found.groups()
        there = [holder for have, holder in index.get(name, ()) if _fits(have, relation, version)]
        if forbids and any(holder != package.name for holder in there):
            yield f"{package.name} {package.version} conflicts with {token[1:]}, and {there[0]} is there"
        elif not forbids and not there:
            yield f"{package.name} {package.version} depends on {token}"


def merge_scripts(old: bytes, app: bytes, new: bytes) -> Merge:
    """Rule 3."""
    return merge_records(old, app, new, parse=_members, write=_archive)


def _members(content: bytes) -> Records:
    """Every member of an uncompressed archive with its header, as it stands there."""
    records: Records = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            for member in archive:
                if member.name in records or len(records) >= _MAX_SCRIPTS:
                    raise NotRecords(f"it has {member.name[:80]!r} twice, or too many scripts")
                length = -(-member.size // _BLOCK) * _BLOCK
                records[member.name] = content[member.offset : member.offset_data + length]
    except (tarfile.TarError, ValueError, OverflowError) as error:
        raise NotRecords(f"it is no archive of scripts: {error}") from error
    return records


def _archive(records: Mapping[str, bytes]) -> bytes:
    return b"".join(records.values()) + bytes(2 * _BLOCK)


def _package(name: str, stanza: bytes) -> ApkPackage:
    provides = []
    for token in _field(stanza, b"p:").split():
        provided, _, version = token.partition("=")
        provides.append((provided, version))
    return ApkPackage(
        name=name,
        version=_field(stanza, b"V:"),
        depends=tuple(_field(stanza, b"D:").split()),
        provides=tuple(provides),
        files=tuple(_files(stanza)),
    )


def _field(stanza: bytes, name: bytes) -> str:
    """The value of a field; P and p are two."""
    line = next((line for line in stanza.split(b"\n") if line.startswith(name)), name)
    return line[len(name) :].strip().decode("utf-8", "surrogateescape")


def _files(stanza: bytes) -> Iterator[tuple[str, bytes]]:
    folder, path = "", ""
    for line in stanza.decode("utf-8", "surrogateescape").split("\n"):
        kind, value = line[:2], line[2:]
        if kind in {"F:", "R:"} and path:
            yield path, b""
            path = ""
        if kind == "F:":
            folder = value.strip("/")
        elif kind == "R:":
            path = f"{folder}/{value}" if folder else value
        elif kind == "Z:" and path:
            yield path, _digest(value)
            path = ""
    if path:
        yield path, b""


def _digest(value: str) -> bytes:
    if not value.startswith("Q1"):
        return b""
    try:
        return base64.b64decode(value[2:], validate=True)[:_DIGEST]
    except (binascii.Error, ValueError):
        return b""


def _fits(have: str, relation: str | None, wanted: str) -> bool:
    if relation is None:
        return True
    if relation in {"~", "~="}:
        return have == wanted or re.match(rf"{re.escape(wanted)}(?![0-9])", have) is not None
    mine, theirs = APK.key(have), APK.key(wanted)
    if mine is None or theirs is None:
        return False
    return {
        "=": mine == theirs,
        "<": mine < theirs,
        "<=": mine <= theirs,
        ">": mine > theirs,
        ">=": mine >= theirs,
    }[relation]
