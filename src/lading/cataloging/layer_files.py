"""List the files of a layer while it is walked, and take the digests of their contents."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from lading.cataloging.recorded_file import SHORT, RecordedFile
from lading.foundation.errors import OverLimit
from lading.image.archive import Entry, EntryKind
from lading.image.file_list import FileEntry, FileKind, encode
from lading.image.whiteouts import Whiteout

_KINDS = {
    EntryKind.FILE: FileKind.FILE,
    EntryKind.HARD_LINK: FileKind.HARD_LINK,
    EntryKind.SYMBOLIC_LINK: FileKind.SYMBOLIC_LINK,
    EntryKind.DIRECTORY: FileKind.DIRECTORY,
    EntryKind.DEVICE: FileKind.DEVICE,
    EntryKind.FIFO: FileKind.FIFO,
    EntryKind.OTHER: FileKind.OTHER,
}
_LINKS = (FileKind.HARD_LINK, FileKind.SYMBOLIC_LINK)

# Where packages of an operating system put files, and where they do not: MD5 costs more than SHA-256.
_SYSTEM = ("usr/", "etc/", "bin/", "sbin/", "lib", "boot/", "var/")
_NOT_SYSTEM = ("usr/local/", "var/lib/", "var/cache/", "var/log/", "usr/src/")
# What a layer of a system with apk or rpm has before most of its files, in the order of the archive. Records
# of apk have SHA-1, those of rpm SHA-256. Those of dpkg have MD5; its layers may show no early sign of it.
_APK = ("etc/apk", "etc/alpine-release", "lib/apk/", "usr/lib/apk/", "lib/ld-musl-")
_RPM = (
    "etc/rpm",
    "etc/yum",
    "etc/dnf",
    "etc/redhat-release",
    "usr/lib/sysimage/rpm",
    "var/lib/rpm",
    "usr/lib/rpm",
)
_NO_DIGESTS: Mapping[str, bytes] = {}
_LARGE = 32 << 10  # bytes from which a file's digests are worth being taken aside


class Aside(Protocol):
    """Work that may be done beside other work, in the order in which it comes."""

    def do(self, task: Callable[[], None]) -> None:
        """Do the task now or later."""
        ...

    def wait(self) -> None:
        """Return when all is done."""
        ...


class AtOnce:
    """Nothing is done aside."""

    def do(self, task: Callable[[], None]) -> None:
        """Do the task now."""
        task()

    def wait(self) -> None:
        """All is done."""


class ContentDigests:
    """Digests of one file, piece by piece."""

    __slots__ = ("_aside", "_hashes", "taken")

    def __init__(self, names: tuple[str, ...], aside: Aside | None) -> None:
        self._hashes = [hashlib.new(name, usedforsecurity=False) for name in names]
        self._aside = aside
        self.taken: dict[str, bytes] = {}

    def update(self, piece: bytes | memoryview) -> None:
        """Take the next piece in."""
        if self._aside is None:
            self._update(piece)
        else:
            self._aside.do(lambda: self._update(piece))

    def over(self, pieces: Iterator[memoryview]) -> Iterator[memoryview]:
        """Take pieces in on their way to somebody else."""
        for piece in pieces:
            self.update(piece)
            yield piece

    def finish(self) -> None:
        """There are no more pieces. ``taken`` has the digests by name once all that is aside is done."""
        if self._aside is None:
            self._finish()
        else:
            self._aside.do(self._finish)

    def _update(self, piece: bytes | memoryview) -> None:
        for running in self._hashes:
            running.update(piece)

    def _finish(self) -> None:
        self.taken = {running.name: running.digest() for running in self._hashes}
        self._hashes = []


@dataclass(slots=True)
class LayerFiles:
    """Collect entries; a later one of a path takes the place of an earlier one, as in the archive."""

    limit: int
    aside: Aside = field(default_factory=AtOnce)
    _made: dict[str, FileEntry] = field(default_factory=dict)
    _undigested: dict[str, ContentDigests] = field(default_factory=dict)  # what is still taken aside
    _deleted: set[tuple[str, FileKind]] = field(default_factory=set)
    _package_digest: str = "md5"

    def digests(self, entry: Entry) -> ContentDigests:
        """Begin the digests of a file: SHA-256, and the one of package records where it may be in such."""
        path = entry.path
        names: tuple[str, ...] = ("sha256",)
        if self._package_digest and path.startswith(_SYSTEM) and not path.startswith(_NOT_SYSTEM):
            names = ("sha256", self._package_digest)
        return ContentDigests(names, self.aside if entry.size >= _LARGE else None)

    def add(self, entry: Entry, digests: ContentDigests | None = None) -> None:
        """List an entry that has a place; ``digests`` have got its whole content."""
        path = entry.path
        if path.startswith(_APK):
            self._package_digest = "sha1"
        elif path.startswith(_RPM):
            self._package_digest = ""
        if digests is not None:
            digests.finish()
        self._refuse_too_many()
        self._undigested.pop(path, None)
        if digests is not None and not digests.taken:
            self._undigested[path] = digests
        self._made[path] = _listed(entry, digests.taken if digests is not None else _NO_DIGESTS)

    def add_whiteout(self, whiteout: Whiteout | None) -> None:
        """List what the layer deletes, if that can be named."""
        if whiteout is None:
            return
        self._refuse_too_many()
        self._deleted.add((whiteout.path, FileKind.OPAQUE if whiteout.opaque else FileKind.WHITEOUT))

    def freeze(self) -> bytes:
        """All entries, packed (``lading.image.file_list.decode`` reads them)."""
        self.aside.wait()
        for path, digests in self._undigested.items():
            self._made[path] = _digested(self._made[path], digests.taken)
        return encode([*self._made.values(), *(FileEntry(path, kind) for path, kind in self._deleted)])

    def is_recorded(self, path: str, recorded: RecordedFile) -> bool:
        """Whether the file at a path has the digest that is recorded; asked after ``freeze``."""
        entry = self._made.get(path)
        if entry is None or not recorded.digest:
            return False
        taken = {"md5": entry.md5, "sha1": entry.sha1, "sha256": entry.sha256}.get(recorded.algorithm, b"")
        return taken[:SHORT] == recorded.digest

    def _refuse_too_many(self) -> None:
        if len(self._made) + len(self._deleted) >= self.limit:
            raise OverLimit(
                "layer-too-many-files",
                f"the layer has more than {self.limit} files, too many to be listed",
                details={"limit": self.limit},
            )


def _listed(entry: Entry, digests: Mapping[str, bytes]) -> FileEntry:
    kind = _KINDS[entry.kind]
    return FileEntry(
        path=entry.path,
        kind=kind,
        size=entry.size if kind is FileKind.FILE else 0,
        mode=entry.mode,
        uid=entry.uid,
        gid=entry.gid,
        sha256=digests.get("sha256", b""),
        md5=digests.get("md5", b"")[:SHORT],
        sha1=digests.get("sha1", b"")[:SHORT],
        link=entry.link if kind in _LINKS else "",
        capabilities=entry.capabilities,
    )


def _digested(entry: FileEntry, digests: Mapping[str, bytes]) -> FileEntry:
    return msgspec.structs.replace(
        entry,
        sha256=digests.get("sha256", b""),
        md5=digests.get("md5", b"")[:SHORT],
        sha1=digests.get("sha1", b"")[:SHORT],
    )
