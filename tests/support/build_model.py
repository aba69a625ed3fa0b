"""What a build does to a file system, as a model: steps that are run on a tree, and the layers they leave.

Nothing of ours runs a step, takes its layer, or puts layers on a tree; so what a rebase makes can be compared
with what a fresh build makes.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from lading.image import file_list
from lading.image.file_list import FileEntry, FileKind, FileList
from lading.lineage.fixups import Fix


@dataclass(frozen=True, slots=True)
class Node:
    """What stands at a path: content for a file, the target for a link."""

    kind: FileKind
    text: str = ""
    mode: int = 0o644


_MOST_LINKS = 40  # as Linux follows
DIRECTORY = Node(FileKind.DIRECTORY, mode=0o755)
Tree: TypeAlias = dict[str, Node]
Changes: TypeAlias = dict[str, Node | None]
"""A layer: what it writes, and None where it deletes."""


class BuildError(Exception):
    """A step that cannot be done, so that there is no build."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction. ``what`` is copy, write, append, remove, empty, mkdir, chmod or link."""

    what: str
    path: str
    text: str = ""
    mode: int = 0o644

    @property
    def created_by(self) -> str:
        """As a build writes it into the history."""
        return f"COPY {self.path}" if self.what == "copy" else f"RUN {self.what} {self.path} {self.text}"

    def run(self, tree: Tree) -> Changes:
        """Do it to the tree, and give the layer that it leaves."""
        before = dict(tree)
        path = _through_links(tree, self.path)
        _DOES[self.what](tree, path, self)
        changes: Changes = {path: None for path in before if path not in tree}
        changes |= {path: node for path, node in tree.items() if before.get(path) != node}
        if self.what == "copy":  # also where it was the same before: its time is another one
            changes[path] = tree[path]
        for path in [path for path, node in changes.items() if node is None]:
            if any(changes.get(above, DIRECTORY) is None for above in above_of(path)):
                del changes[path]  # the deletion of a directory says it
        return changes


def run(tree: Tree, steps: Iterable[Step]) -> tuple[Tree, list[Changes]]:
    """Build: the tree in the end, and a layer for each step. Raises BuildError."""
    built = dict(tree)
    return built, [step.run(built) for step in steps]


def put(tree: Tree, changes: Mapping[str, Node | None]) -> None:
    """Put a layer on a tree, as overlay file systems show it."""
    for path, node in changes.items():
        if node is None:
            _remove(tree, path)
    for path, node in sorted((path, node) for path, node in changes.items() if node is not None):
        standing = tree.get(path)
        if standing is not None and not (node.kind is standing.kind is FileKind.DIRECTORY):
            _remove(tree, path)
        for above in above_of(path):
            if tree.setdefault(above, DIRECTORY).kind is not FileKind.DIRECTORY:
                raise AssertionError(f"a layer writes below {above}, which is a {tree[above].kind}")
        tree[path] = node


def listed(changes: Mapping[str, Node | None], *, parents: Tree) -> FileList:
    """The layer as a list of files. Builds write the directories above what they change, as they stand."""
    entries = {path: _entry(path, node) for path, node in changes.items()}
    for path in changes:
        for above in above_of(path):
            if above in parents:
                entries.setdefault(above, _entry(above, parents[above]))
    return file_list.decode(file_list.encode(list(entries.values())))


def fixed(fix: Fix) -> Node | None:
    """What a fix writes."""
    if fix.entry is None:
        return None
    text = fix.entry.link if fix.entry.kind is FileKind.SYMBOLIC_LINK else fix.content.decode()
    return Node(fix.entry.kind, text, fix.entry.mode)


def above_of(path: str) -> list[str]:
    """Every directory above, the lowest first."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]


def _entry(path: str, node: Node | None) -> FileEntry:
    if node is None:
        return FileEntry(path, FileKind.WHITEOUT)
    if node.kind is FileKind.FILE:
        raw = node.text.encode()
        return FileEntry(path, node.kind, len(raw), node.mode, sha256=hashlib.sha256(raw).digest())
    link = node.text if node.kind is FileKind.SYMBOLIC_LINK else ""
    return FileEntry(path, node.kind, mode=node.mode, link=link)


def _through_links(tree: Tree, path: str, followed: int = 0) -> str:
    """Where a path leads when the links in the directories above are followed."""
    if followed > _MOST_LINKS:
        raise BuildError(f"too many links on the way to {path}")
    for above in reversed(above_of(path)):
        node = tree.get(above)
        if node is not None and node.kind is FileKind.SYMBOLIC_LINK:
            return _through_links(tree, node.text.strip("/") + path[len(above) :], followed + 1)
    return path


def _remove(tree: Tree, path: str) -> None:
    for each in [each for each in tree if each == path or each.startswith(f"{path}/")]:
        del tree[each]


def _make_above(tree: Tree, path: str) -> None:
    for above in above_of(path):
        if tree.setdefault(above, DIRECTORY).kind is not FileKind.DIRECTORY:
            raise BuildError(f"{above} is no directory")


def _require(tree: Tree, path: str, kind: FileKind) -> Node:
    node = tree.get(path)
    if node is None or node.kind is not kind:
        raise BuildError(f"{path} is no {kind}")
    return node


def _copy(tree: Tree, path: str, step: Step) -> None:
    _write(tree, path, step)


def _write(tree: Tree, path: str, step: Step) -> None:
    _make_above(tree, path)
    node = tree.get(path)
    if node is not None and node.kind is not FileKind.FILE:
        raise BuildError(f"{path} is a {node.kind}")
    # A shell's ``>`` keeps the mode of the file that it overwrites; copying does not.
    mode = node.mode if node is not None and step.what == "write" else step.mode
    tree[path] = Node(FileKind.FILE, step.text, mode)


def _append(tree: Tree, path: str, step: Step) -> None:
    node = _require(tree, path, FileKind.FILE)
    tree[path] = replace(node, text=node.text + step.text)


def _delete(tree: Tree, path: str, _step: Step) -> None:
    _remove(tree, path)


def _empty(tree: Tree, path: str, _step: Step) -> None:
    _require(tree, path, FileKind.DIRECTORY)
    for each in [each for each in tree if each.startswith(f"{path}/")]:
        del tree[each]


def _mkdir(tree: Tree, path: str, step: Step) -> None:
    _make_above(tree, path)
    node = tree.get(path)
    if node is None:
        tree[path] = Node(FileKind.DIRECTORY, mode=step.mode | 0o700)
    elif node.kind is not FileKind.DIRECTORY:
        raise BuildError(f"{path} is a {node.kind}")


def _chmod(tree: Tree, path: str, step: Step) -> None:
    node = tree.get(path)
    if node is None or node.kind is FileKind.SYMBOLIC_LINK:
        raise BuildError(f"there is no {path} to change")
    tree[path] = replace(node, mode=step.mode)


def _link(tree: Tree, path: str, step: Step) -> None:
    _make_above(tree, path)
    if path in tree:
        raise BuildError(f"{path} is there")
    tree[path] = Node(FileKind.SYMBOLIC_LINK, step.text, 0o777)


_DOES = {
    "copy": _copy,
    "write": _write,
    "append": _append,
    "remove": _delete,
    "empty": _empty,
    "mkdir": _mkdir,
    "chmod": _chmod,
    "link": _link,
}
