"""What the layers of an application change in the base below them, and how they look over another base."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lading.cataloging.elf_dynamic import DynamicLinks
from lading.cataloging.layer_bindings import LayerBindings
from lading.image.file_list import FileEntry, FileKind, FileList
from lading.image.path import MAX_LINKS, link_target
from lading.lineage.stack import ROOT, Stack, linked_file


@dataclass(frozen=True)
class AppLayers:
    """All layers of the application as one.

    ``written`` is what they leave at a path, ``deleted`` and ``emptied`` what they take away from whatever is
    below them: a path with all below it, and all below a directory.
    """

    written: Mapping[str, FileEntry]
    layer_of: Mapping[str, int]
    deleted: frozenset[str]
    emptied: frozenset[str]
    bindings: tuple[LayerBindings, ...]
    steps: tuple[str, ...]  # the build step of each layer, empty where nobody says
    problems: tuple[tuple[str, str], ...]

    def takes_away(self, path: str) -> bool:
        """Whether nothing of what is below the application's layers is seen at a path."""
        if path in self.deleted:
            return True
        for above in above_of(path):
            if above in self.deleted or above in self.emptied:
                return True
            entry = self.written.get(above)
            if entry is not None and entry.kind is not FileKind.DIRECTORY:
                return True
        return False

    def is_copied(self, path: str) -> bool:
        """Whether the build put the file there as it is, so that it comes out the same on any base."""
        step = self.steps[self.layer_of[path]].strip()
        step = step.removeprefix("/bin/sh -c").strip().removeprefix("#(nop)").strip()
        return step.startswith(("COPY ", "ADD "))

    def facts_path(self, path: str) -> str:
        """The name under which facts about a file are kept: hard links have those of their first name."""
        entry = self.written[path]
        return entry.link if entry.kind is FileKind.FILE and entry.link else path


@dataclass(frozen=True)
class Over:
    """An application's layers over a base: what a container would see."""

    app: AppLayers
    base: Stack

    def at(self, path: str) -> FileEntry | None:
        """What stands at a path."""
        if path == "":
            return ROOT
        written = self.app.written.get(path)
        if written is not None:
            return written
        found = self.base.tree.get(path)
        return None if found is None or self.app.takes_away(path) else found

    def real_path(self, path: str) -> str | None:
        """Follow symbolic links in every part of a path; None where they lead nowhere or out of the root."""
        followed, done = 0, ""
        pending = [part for part in path.split("/") if part not in ("", ".")][::-1]
        while pending:
            part = pending.pop()
            if part == "..":
                done = done.rpartition("/")[0]
                continue
            here = f"{done}/{part}" if done else part
            entry = self.at(here)
            if entry is None:
                return None
            if entry.kind is not FileKind.SYMBOLIC_LINK:
                done = here
                continue
            followed += 1
            if followed > MAX_LINKS or link_target(here, entry.link) is None:
                return None
            if entry.link.startswith("/"):
                done = ""
            pending.extend(part for part in reversed(entry.link.split("/")) if part not in ("", "."))
        return done

    def file_at(self, path: str) -> FileEntry | None:
        """What a path leads to in the end."""
        real = self.real_path(path)
        return None if real is None else self.at(real)

    def links_of(self, path: str) -> DynamicLinks | None:
        """What the program at a real path asks of the dynamic linker."""
        if path in self.app.written:
            return self.app.bindings[self.app.layer_of[path]].links.get(self.app.facts_path(path))
        return None if self.app.takes_away(path) else self.base.links_of(path)

    def kept(self, path: str) -> bytes | None:
        """The content at a path, if it is kept for merging."""
        if path in self.app.written:
            return self.app.bindings[self.app.layer_of[path]].kept.get(self.app.facts_path(path))
        return None if self.app.takes_away(path) else self.base.kept(path)

    def names_in(self, directory: str) -> Iterator[str]:
        """Every path directly in a directory, in no order."""
        start = len(directory) + 1 if directory else 0
        prefix = f"{directory}/" if directory else ""
        for path in self.base.children(directory):
            if path not in self.app.written and not self.app.takes_away(path):
                yield path
        for path in self.app.written:
            if path.startswith(prefix) and "/" not in path[start:]:
                yield path


@dataclass(slots=True)
class _Building:
    written: dict[str, FileEntry] = field(default_factory=dict)
    layer_of: dict[str, int] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    emptied: set[str] = field(default_factory=set)
    problems: list[tuple[str, str]] = field(default_factory=list)


def app_layers(
    files: Sequence[FileList], bindings: Sequence[LayerBindings], steps: Sequence[str]
) -> AppLayers:
    """Fold the layers of an application into one, whatever they stand on."""
    building = _Building()
    for number, layer in enumerate(files):
        _fold(building, layer, number)
    return AppLayers(
        written=building.written,
        layer_of=building.layer_of,
        deleted=frozenset(building.deleted),
        emptied=frozenset(building.emptied),
        bindings=tuple(bindings),
        steps=tuple(steps),
        problems=tuple(building.problems),
    )


def above_of(path: str) -> Iterator[str]:
    """The directories above a path, the nearest first, without the root."""
    above = path.rpartition("/")[0]
    while above:
        yield above
        above = above.rpartition("/")[0]


def _fold(building: _Building, layer: FileList, number: int) -> None:
    entries = list(layer)
    for entry in entries:
        if entry.kind is FileKind.WHITEOUT:
            _drop(building, entry.path, itself=True)
            building.deleted.add(entry.path)
        elif entry.kind is FileKind.OPAQUE:
            _drop(building, entry.path, itself=False)
            building.emptied.add(entry.path)
    made = [entry for entry in entries if not entry.deletes]
    for entry in made:
        _write(building, entry, number)
    for entry in made:
        if entry.kind is FileKind.HARD_LINK and entry.path in building.written:
            building.written[entry.path] = linked_file(entry, building.written)


def _write(building: _Building, entry: FileEntry, number: int) -> None:
    path = entry.path
    for above in above_of(path):
        standing = building.written.get(above)
        if standing is not None and standing.kind is not FileKind.DIRECTORY:
            building.problems.append((path, f"it stands below {above}, which is a {standing.kind}"))
            return
    before = building.written.get(path)
    if entry.kind is not FileKind.DIRECTORY:
        if before is not None and before.kind is FileKind.DIRECTORY:
            _drop(building, path, itself=False)
    elif before is not None and before.kind is not FileKind.DIRECTORY:
        building.deleted.add(path)  # what that file hid stays hidden
    building.written[path] = entry
    building.layer_of[path] = number


def _drop(building: _Building, path: str, *, itself: bool) -> None:
    prefix = f"{path}/" if path else ""
    gone = [each for each in building.written if each.startswith(prefix) or (itself and each == path)]
    for each in gone:
        del building.written[each], building.layer_of[each]
