"""A rebuild beside its original: which files differ, and what usually makes them differ.

Files are compared as a container would see them, after all layers. Content is compared by digest; rights and
owners too. What archives say beside (timestamps, the order of entries) is not in file lists: layers that
differ although every file of them is the same differ in just that.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lading.image.file_list import FileEntry, FileKind

MAX_DIFFERENCES = 100_000


class Cause(StrEnum):
    """What explains a difference."""

    BYTECODE = "compiled Python: the source's timestamp is in it (set SOURCE_DATE_EPOCH, or do not ship it)"
    LOG = "a log of the build (delete it in the same step)"
    CACHE = "a cache of the build (delete it in the same step)"
    PACKAGE = "another version of the package that owns it"
    PACKAGE_RECORDS = "records of the package manager, which name times and versions"
    IDENTITY = "made anew by each build: machine ids, keys, random seeds"
    RIGHTS = "the same content with other rights or owners"
    UNEXPLAINED = "nothing that is known here"


@dataclass(frozen=True, slots=True)
class FileDifference:
    """A path that differs; ``change`` is ``added``, ``removed`` or ``changed``, seen from the original."""

    path: str
    change: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class RebuildComparison:
    """How a rebuild stands to its original.

    ``packages`` are those with another version: name, in the original, in the rebuild; empty text where there
    is none. ``same_layers`` says whether all layers are bit for bit the same.
    """

    same_digest: bool
    same_layers: bool
    files: tuple[FileDifference, ...]
    packages: tuple[tuple[str, str, str], ...]

    @property
    def verdict(self) -> str:
        """In one word: identical, equivalent, explained or different."""
        if self.same_digest:
            return "identical"
        if not self.files:
            return "equivalent"
        if all(entry.cause is not Cause.UNEXPLAINED for entry in self.files):
            return "explained"
        return "different"


_RULES: Sequence[tuple[re.Pattern[str], Cause]] = (
    (re.compile(r".*(?:\.pyc|\.pyo)\Z"), Cause.BYTECODE),
    (re.compile(r"(?:var/log/.*|.*\.log)\Z"), Cause.LOG),
    (re.compile(r"var/lib/(?:dpkg|rpm|apt|dnf|yum|zypp)/.*\Z"), Cause.PACKAGE_RECORDS),
    (re.compile(r"lib/apk/db/.*\Z|usr/lib/sysimage/.*\Z"), Cause.PACKAGE_RECORDS),
    (
        re.compile(r"(?:var/cache|root/\.cache|home/[^/]+/\.cache|tmp|var/tmp)/.*\Z|etc/ld\.so\.cache\Z"),
        Cause.CACHE,
    ),
    (
        re.compile(r"etc/(?:machine-id|ssh/ssh_host_.*|hostid|shadow-?)\Z|var/lib/systemd/random-seed\Z"),
        Cause.IDENTITY,
    ),
)


def visible_files(layers: Iterable[Iterable[FileEntry]]) -> dict[str, FileEntry]:
    """What is to be seen after all layers, by path; directories are left out, files in them say enough."""
    seen: dict[str, FileEntry] = {}
    for layer in layers:
        entries = list(layer)
        for entry in entries:
            if entry.deletes:
                below = f"{entry.path}/" if entry.path else ""
                gone = [path for path in seen if path.startswith(below) or path == entry.path]
                for path in gone:
                    if entry.kind is FileKind.WHITEOUT or path != entry.path:
                        del seen[path]
        for entry in entries:
            if not entry.deletes and entry.kind is not FileKind.DIRECTORY:
                seen[entry.path] = entry
    return seen


def compare_files(
    original: Mapping[str, FileEntry], rebuilt: Mapping[str, FileEntry], owned: Mapping[str, Sequence[str]]
) -> tuple[FileDifference, ...]:
    """Every path that differs, with its cause.

    ``owned`` maps the name of each package whose version differs to the paths that its name stands in.
    """
    found = []
    for path in sorted(original.keys() | rebuilt.keys()):
        before, after = original.get(path), rebuilt.get(path)
        if before is not None and after is not None:
            if _same(before, after):
                continue
            if _content(before) == _content(after):
                found.append(FileDifference(path, "changed", Cause.RIGHTS))
                continue
        change = "added" if before is None else "removed" if after is None else "changed"
        found.append(FileDifference(path, change, _cause(path, owned)))
        if len(found) >= MAX_DIFFERENCES:
            break
    return tuple(found)


def compare_packages(
    original: Iterable[tuple[str, str]], rebuilt: Iterable[tuple[str, str]]
) -> tuple[tuple[str, str, str], ...]:
    """Packages with another version: name, in the original, in the rebuild."""
    before, after = _versions(original), _versions(rebuilt)
    return tuple(
        (name, ", ".join(sorted(before.get(name, ()))), ", ".join(sorted(after.get(name, ()))))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )


def _cause(path: str, owned: Mapping[str, Sequence[str]]) -> Cause:
    for pattern, cause in _RULES:
        if pattern.match(path):
            return cause
    name = path.lower()
    if any(marker in name for markers in owned.values() for marker in markers):
        return Cause.PACKAGE
    return Cause.UNEXPLAINED


def _versions(packages: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in packages:
        found.setdefault(name, set()).add(version)
    return found


def _same(before: FileEntry, after: FileEntry) -> bool:
    return _content(before) == _content(after) and _rights(before) == _rights(after)


def _content(entry: FileEntry) -> tuple[object, ...]:
    return (entry.kind, entry.size, entry.sha256, entry.link)


def _rights(entry: FileEntry) -> tuple[object, ...]:
    return (entry.mode, entry.uid, entry.gid, entry.capabilities)
