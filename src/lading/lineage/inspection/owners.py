"""Which package has which file, and the digest that its records have of it.

1. dpkg lists every path of a package in ``info/<name>.list`` and MD5 digests in ``info/<name>.md5sums``;
   settings (conffiles) have theirs in ``status``. Paths may go through links (``/lib`` → ``/usr/lib``).
2. A diversion puts a path of other packages elsewhere (dpkg-divert).
3. apk lists paths with SHA-1 digests in ``installed``: ``Z:Q1`` and base 64.
4. rpm and pacman tell of files in databases that the analyser reads (``layer_bindings``), and so do the
   installers of Python in each distribution's RECORD. The system's packages come first.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field

from lading.lineage.inspection.entry_point import follow
from lading.lineage.stack import Stack

_INFO, _STATUS_D = "var/lib/dpkg/info", "var/lib/dpkg/status.d"
_STATUS, _DIVERSIONS = "var/lib/dpkg/status", "var/lib/dpkg/diversions"
_APK = ("lib/apk/db/installed", "usr/lib/apk/db/installed")
_SHORT = 8  # bytes of a digest that lists of files keep


@dataclass(frozen=True, slots=True)
class Owned:
    """What a package says of a path. ``digest`` is shortened, and empty where it has none."""

    package: str
    algorithm: str = ""
    digest: bytes = b""
    setting: bool = False


@dataclass(slots=True)
class Owners:
    """Who has which path, as it stands in the image."""

    by_path: dict[str, Owned] = field(default_factory=dict)  # of packages of the system
    of_languages: dict[str, Owned] = field(default_factory=dict)
    systems: set[str] = field(default_factory=set)  # "dpkg", "apk", "rpm" …: whose records were read


def read_owners(stack: Stack) -> Owners:
    """Read the records that are visible."""
    owners = Owners()
    places = _Places(stack)
    diverted = dict(_diversions(stack.kept(_DIVERSIONS) or b""))
    settings = dict(_conffiles(stack.kept(_STATUS) or b""))
    for folder in (_INFO, _STATUS_D):
        for path in stack.children(folder):
            name = path.rpartition("/")[2]
            package, _, kind = name.rpartition(".")
            content = stack.kept(path) if kind in {"list", "md5sums"} else None
            if content is None:
                continue
            owners.systems.add("dpkg")
            for inside, md5 in _listed(content) if kind == "list" else _digests(content):
                to, by = diverted.get(inside, ("", ""))
                place = places.of(to if to and by != package.partition(":")[0] else inside)
                digest = md5 or settings.get(inside, b"")
                before = owners.by_path.get(place)
                if before is None or (digest and not before.digest):
                    owners.by_path[place] = Owned(
                        package, "md5" if digest else "", digest, setting=inside in settings
                    )
    for path in _APK:
        content = stack.kept(path)
        if content is not None:
            owners.systems.add("apk")
            for package, inside, sha1 in _installed(content):
                owners.by_path[places.of(inside)] = Owned(package, "sha1" if sha1 else "", sha1)
    _add_recorded(owners, stack, places)
    return owners


def _add_recorded(owners: Owners, stack: Stack, places: "_Places") -> None:
    """Step 4. A RECORD that a package of the system brought is of before that package moved its files."""
    for path, files in stack.records.items():
        of_system = not path.endswith("/RECORD")
        if not of_system and places.of(path) in owners.by_path:
            continue
        if of_system:
            owners.systems.add("pacman" if path.startswith("var/lib/pacman/") else "rpm")
        to = owners.by_path if of_system else owners.of_languages
        for file in files:
            place = places.of(file.path)
            before = to.get(place)
            if before is None or (file.digest and not before.digest):
                to[place] = Owned(file.package, file.algorithm, file.digest, setting=file.setting)


class _Places:
    """Where a path of a package really stands: links in its directory are followed, the last name is not."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._folders: dict[str, str] = {}

    def of(self, path: str) -> str:
        folder, slash, name = path.rpartition("/")
        if not slash:
            return path
        if folder not in self._folders:
            self._folders[folder] = follow(self._stack, folder) or folder
        return f"{self._folders[folder]}/{name}"


def _lines(content: bytes) -> Iterator[str]:
    return iter(content.decode("utf-8", "replace").split("\n"))


def _listed(content: bytes) -> Iterator[tuple[str, bytes]]:
    for line in _lines(content):
        path = line.strip("/")
        if line.startswith("/") and path and path != ".":
            yield path, b""


def _digests(content: bytes) -> Iterator[tuple[str, bytes]]:
    for line in _lines(content):
        digest, _, path = line.partition("  ")
        raw = _hex(digest)
        if raw and path:
            yield path.strip("/"), raw[:_SHORT]


def _conffiles(status: bytes) -> Iterator[tuple[str, bytes]]:
    """Lines below ``Conffiles:`` are `` /etc/x <md5> [obsolete]``."""
    inside = False
    for line in _lines(status):
        if line.startswith("Conffiles:"):
            inside = True
        elif inside and line.startswith(" "):
            parts = line.split()
            raw = _hex(parts[1]) if len(parts) > 1 else b""
            if raw and "obsolete" not in parts[2:]:
                yield parts[0].strip("/"), raw[:_SHORT]
        else:
            inside = False


def _diversions(content: bytes) -> Iterator[tuple[str, tuple[str, str]]]:
    lines = [line for line in _lines(content) if line]
    for at in range(0, len(lines) - 2, 3):
        yield lines[at].strip("/"), (lines[at + 1].strip("/"), lines[at + 2])


def _installed(content: bytes) -> Iterator[tuple[str, str, bytes]]:
    package = folder = path = ""
    for line in _lines(content):
        kind, value = line[:2], line[2:]
        if kind == "P:":
            package, folder, path = value, "", ""
        elif kind == "F:":
            folder = value.strip("/")
        elif kind == "R:":
            if path:
                yield package, path, b""
            path = f"{folder}/{value}" if folder else value
        elif kind == "Z:" and path:
            yield package, path, _apk_digest(value)
            path = ""


def _apk_digest(value: str) -> bytes:
    if not value.startswith("Q1"):
        return b""
    try:
        return base64.b64decode(value[2:], validate=True)[:_SHORT]
    except (binascii.Error, ValueError):
        return b""


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text) if len(text) == 32 else b""
    except ValueError:
        return b""
