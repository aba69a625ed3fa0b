"""Feeds from files: an archive of records, or one document, compressed or not. Nothing is unpacked to disk.

Rules, because a mirror or a person may hand over anything:
1. What a file claims about itself is checked before it is believed: number and sizes of members.
2. What comes out is counted as it comes, whatever was claimed.
3. Anything damaged refuses the file as a whole.
"""

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lading.advisories.feed import FeedDocument
from lading.foundation.bounded import Reader
from lading.foundation.errors import LadingError, Malformed, OverLimit

MAX_FILE = 4 << 30  # bytes as stored; all of OSV has some 1 GB
MAX_CONTENT = 16 << 30  # bytes of all documents together, unpacked
MAX_MEMBERS = 3_000_000
_CHUNK = 1 << 20
_BEGINNING = 64 << 10
_MARKS = (
    (b'"catalogVersion"', "kev"),
    (b'"distroversion"', "alpine-secdb/{folder}-{stem}"),
    (b'"secfixes"', "alpine-secdb/{folder}-{stem}"),
    (b'"schema_version"', "osv/{stem}"),
    (b'"releases"', "debian-tracker"),
)
_STORED_OR_DEFLATED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True)
class FeedFile:
    """An open file of a feed. ``documents`` can be read once, while it is open."""

    documents: Iterator[FeedDocument]
    digest: str  # "sha256:…" of the file as it is stored


@contextmanager
def open_feed_file(path: Path, *, max_content: int = MAX_CONTENT) -> Iterator[FeedFile]:
    """Open a ``.zip`` of JSON files, or one JSON file, plain or gzip; by its content, not by its name.

    Raises OverLimit ``feed-too-large`` and Malformed ``feed-damaged``, here or while documents are read.
    """
    with path.open("rb") as file:
        digest = _digest(file)
        beginning = file.read(4)
        file.seek(0)
        budget = _Budget(path.name, max_content)
        if beginning[:2] == b"PK":
            with _damage_is_malformed(path.name):
                archive = zipfile.ZipFile(file)
            with archive:
                yield FeedFile(_members(archive, budget), digest)
        elif beginning[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=file) as content:
                yield FeedFile(iter([FeedDocument(path.name, _Counted(content, budget))]), digest)
        else:
            yield FeedFile(iter([FeedDocument(path.name, _Counted(file, budget))]), digest)


def guess_feed(path: Path) -> str:
    """The feed that a file is most likely of, by name and beginning. Raises Malformed ``feed-unknown``."""
    stem = path.name.partition(".")[0]
    with path.open("rb") as file:
        beginning = file.read(_BEGINNING)
    if beginning[:2] == b"PK":
        return f"osv/{stem}"
    if beginning[:2] == b"\x1f\x8b":
        beginning = zlib.decompressobj(wbits=31).decompress(beginning, _BEGINNING)
    for mark, name in _MARKS:
        if mark in beginning:
            return name.format(stem=stem, folder=path.parent.name)
    raise Malformed(
        "feed-unknown",
        f"{path.name} does not look like any feed that can be read",
        hint="name its feed, as in osv/PyPI=FILE",
    )


def _digest(file: IO[bytes]) -> str:
    seen = hashlib.sha256()
    size = 0
    while part := file.read(_CHUNK):
        size += len(part)
        if size > MAX_FILE:
            raise _too_large("the file", MAX_FILE)
        seen.update(part)
    file.seek(0)
    return f"sha256:{seen.hexdigest()}"


def _members(archive: zipfile.ZipFile, budget: "_Budget") -> Iterator[FeedDocument]:
    members = [member for member in archive.infolist() if member.filename.endswith(".json")]
    names = {member.filename for member in members}
    claimed = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or claimed > budget.left:  # 1
        raise _too_large(f"an archive of {len(members)} documents and {claimed} bytes", budget.left)
    if len(names) != len(members):
        raise Malformed("feed-damaged", f"{budget.what} has two documents of one name")
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.flag_bits & 0x1 or member.compress_type not in _STORED_OR_DEFLATED:
            raise Malformed("feed-damaged", f"{member.filename[:200]} is encrypted or packed in a rare way")
        with _damage_is_malformed(member.filename), archive.open(member) as content:
            yield FeedDocument(f"{budget.what}: {member.filename[:200]}", _Counted(content, budget))


class _Budget:
    """How much may still come out of the file."""

    def __init__(self, what: str, left: int) -> None:
        self.what = what
        self.left = left

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:  # 2
            raise _too_large(f"{self.what}, unpacked,", 0)


class _Counted:
    """A reader that spends from a budget, and whose damage is the sender's fault."""

    def __init__(self, content: Reader, budget: _Budget) -> None:
        self._content = content
        self._budget = budget

    def read(self, size: int = -1, /) -> bytes:
        with _damage_is_malformed(self._budget.what):
            part = self._content.read(_CHUNK if size < 0 else min(size, _CHUNK))
        self._budget.spend(len(part))
        return part


@contextmanager
def _damage_is_malformed(what: str) -> Iterator[None]:
    try:
        yield
    except LadingError:
        raise
    except (zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, EOFError, NotImplementedError) as error:  # 3
        raise Malformed(
            "feed-damaged",
            f"{what[:200]} is damaged or cut off: {error}",
            hint="fetch the feed again; what was imported before stays in force",
        ) from error


def _too_large(what: str, limit: int) -> OverLimit:
    return OverLimit("feed-too-large", f"{what} is more than is allowed", details={"limit": limit})
