"""Layers applied in order: what stands where in the end, and what those files ask of others.

As overlay file systems do it (OCI image-spec v1.1, layer.md, "Applying Changesets"): a layer first deletes,
then writes; whatever is not a directory takes the place of all that was at and below it; a directory written
over a directory changes its rights and keeps what is in it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from lading.cataloging.elf_dynamic import DynamicLinks
from lading.cataloging.layer_bindings import LayerBindings
from lading.cataloging.recorded_file import RecordedFile
from lading.image.file_list import FileEntry, FileKind, FileList

ROOT = FileEntry("", FileKind.DIRECTORY, mode=0o755)


@dataclass(frozen=True)
class Stack:
    """A whole file system, by path. ``layer_of`` says which layer wrote what stands there."""

    tree: Mapping[str, FileEntry]
    layer_of: Mapping[str, int]
    bindings: tuple[LayerBindings, ...]
    problems: tuple[tuple[str, str], ...] = ()  # paths that cannot stand where they are said to, and why

    def at(self, path: str) -> FileEntry | None:
        """What stands at a path; the root is always a directory."""
        return self.tree.get(path) or (ROOT if path == "" else None)

    @cached_property
    def paths(self) -> list[str]:
        """Every path, sorted."""
        return sorted(self.tree)

    def below(self, path: str) -> Iterator[str]:
        """Every path below a directory."""
        prefix = f"{path}/" if path else ""
        at = bisect_left(self.paths, prefix)
        while at < len(self.paths) and self.paths[at].startswith(prefix):
            yield self.paths[at]
            at += 1

    def children(self, path: str) -> set[str]:
        """Every path directly in a directory."""
        start = len(path) + 1 if path else 0
        return {below for below in self.below(path) if "/" not in below[start:]}

    def links_of(self, path: str) -> DynamicLinks | None:
        """What a program asks of the dynamic linker."""
        layer = self.layer_of.get(path)
        return None if layer is None else self.bindings[layer].links.get(self._linked(path))

    def kept(self, path: str) -> bytes | None:
        """The content of a file that is kept for merging."""
        layer = self.layer_of.get(path)
        return None if layer is None else self.bindings[layer].kept.get(self._linked(path))

    @cached_property
    def records(self) -> Mapping[str, tuple[RecordedFile, ...]]:
        """What the records that stand in the end tell of files, by the record's path."""
        return {
            path: files
            for number, layer in enumerate(self.bindings)
            for path, files in layer.records.items()
            if self.layer_of.get(path) == number
        }

    @cached_property
    def programs(self) -> Mapping[str, DynamicLinks]:
        """Every program and library that stands in the end."""
        return {
            path: links
            for number, layer in enumerate(self.bindings)
            for path, links in layer.links.items()
            if self.layer_of.get(path) == number
        }

    @cached_property
    def privileged(self) -> tuple[str, ...]:
        """Files whose running gives rights that the caller does not have."""
        return tuple(path for path, entry in self.tree.items() if is_privileged(entry))

    @cached_property
    def askers(self) -> Mapping[str, tuple[str, ...]]:
        """Which programs ask for a library, by its soname."""
        found: dict[str, list[str]] = {}
        for path, links in self.programs.items():
            for name in links.needed:
                found.setdefault(name, []).append(path)
        return {name: tuple(paths) for name, paths in found.items()}

    def _linked(self, path: str) -> str:
        """Another name of a file has the facts of the name that was first in the archive."""
        entry = self.tree[path]
        return entry.link if entry.kind is FileKind.FILE and entry.link else path


@dataclass(slots=True)
class _Building:
    tree: dict[str, FileEntry] = field(default_factory=dict)
    layer_of: dict[str, int] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)


def stack_of(
    files: Sequence[FileList], bindings: Sequence[LayerBindings], below: Stack | None = None
) -> Stack:
    """Apply layers, the lowest first, on what is ``below``, which stays as it is."""
    below = below or Stack({}, {}, ())
    building = _Building(dict(below.tree), dict(below.layer_of), list(below.problems))
    for number, layer in enumerate(files, len(below.bindings)):
        _apply(building, layer, number)
    return Stack(building.tree, building.layer_of, (*below.bindings, *bindings), tuple(building.problems))


def _apply(building: _Building, layer: FileList, number: int) -> None:
    entries = list(layer)
    deleted = {entry.path for entry in entries if entry.kind is FileKind.WHITEOUT}
    emptied = {entry.path for entry in entries if entry.kind is FileKind.OPAQUE}
    made = [entry for entry in entries if not entry.deletes]
    tree = building.tree
    replaced = {
        entry.path
        for entry in made
        if entry.kind is not FileKind.DIRECTORY
        and (before := tree.get(entry.path)) is not None
        and before.kind is FileKind.DIRECTORY
    }
    if tree and (deleted or emptied or replaced):
        for path in [path for path in tree if _is_gone(path, deleted | replaced, emptied)]:
            del tree[path], building.layer_of[path]
    for entry in made:
        _place(building, entry, number)
    for entry in made:
        if entry.kind is FileKind.HARD_LINK:
            tree[entry.path] = linked_file(entry, tree)


def _place(building: _Building, entry: FileEntry, number: int) -> None:
    above = building.tree.get(entry.path.rpartition("/")[0])
    if above is not None and above.kind is not FileKind.DIRECTORY:
        reason = f"it stands below {above.path}, which is a {above.kind}"
        building.problems.append((entry.path, reason))
        return
    building.tree[entry.path] = entry
    building.layer_of[entry.path] = number


def linked_file(entry: FileEntry, tree: Mapping[str, FileEntry]) -> FileEntry:
    """Another name of a file is that file, with ``link`` its first name; as it is where there is none."""
    seen = {entry.path}
    target = tree.get(entry.link.strip("/"))
    while target is not None and target.kind is FileKind.HARD_LINK and target.path not in seen:
        seen.add(target.path)
        target = tree.get(target.link.strip("/"))
    if target is None or target.kind is not FileKind.FILE:
        return entry
    return msgspec.structs.replace(target, path=entry.path, link=target.link or target.path)


def _is_gone(path: str, deleted: set[str], emptied: set[str]) -> bool:
    if path in deleted:
        return True
    above = path.rpartition("/")[0]
    while True:
        if above in deleted or above in emptied:
            return True
        if not above:
            return False
        above = above.rpartition("/")[0]


def is_same(one: FileEntry, other: FileEntry) -> bool:
    """Whether two files cannot be told apart by who reads them: kind, rights, content; not time."""
    if one.kind is not other.kind or (one.uid, one.gid) != (other.uid, other.gid):
        return False
    if one.kind is FileKind.SYMBOLIC_LINK:
        return one.link == other.link  # its mode means nothing
    if one.mode != other.mode or one.capabilities != other.capabilities:
        return False
    if one.kind is FileKind.FILE:
        # Without a digest nothing is known of the content, so nothing is the same.
        return one.sha256 == other.sha256 and bool(one.sha256)
    return one.kind is FileKind.DIRECTORY


def is_privileged(entry: FileEntry) -> bool:
    """Whether running it gives rights that its caller does not have."""
    return entry.kind is FileKind.FILE and bool(entry.mode & 0o6000 or entry.capabilities)
