"""What differs between a base and the one that is to take its place.

Made once for each pair of bases, whatever the number of applications above.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lading.image.file_list import FileEntry, FileKind
from lading.lineage import dpkg
from lading.lineage.libraries import interpreters_of
from lading.lineage.records_merge import NotRecords, Records
from lading.lineage.stack import Stack, is_privileged, is_same


@dataclass(frozen=True)
class BaseChange:
    """Two bases."""

    old: Stack
    new: Stack

    @cached_property
    def changed(self) -> Mapping[str, tuple[FileEntry | None, FileEntry | None]]:
        """Paths at which the two differ, with what each has there."""
        old, new = self.old.tree, self.new.tree
        found: dict[str, tuple[FileEntry | None, FileEntry | None]] = {
            path: (entry, new.get(path))
            for path, entry in old.items()
            if (other := new.get(path)) is None or not is_same(entry, other)
        }
        found.update({path: (None, entry) for path, entry in new.items() if path not in old})
        return found

    @cached_property
    def moved_directories(self) -> frozenset[str]:
        """Directories of the old base that are something else in the new one."""
        return frozenset(
            path
            for path, (before, after) in self.changed.items()
            if before is not None
            and before.kind is FileKind.DIRECTORY
            and (after is None or after.kind is not FileKind.DIRECTORY)
        )

    @cached_property
    def moved_links(self) -> tuple[str, ...]:
        """Symbolic links of the old base that lead elsewhere in the new one, or are none there."""
        return tuple(
            path
            for path, (before, _) in self.changed.items()
            if before is not None and before.kind is FileKind.SYMBOLIC_LINK
        )

    @cached_property
    def newly_privileged(self) -> tuple[str, ...]:
        """Files that the new base gives privileges (setuid, capabilities …), and the old one does not."""
        return tuple(
            path
            for path, (before, after) in sorted(self.changed.items())
            if after is not None and is_privileged(after) and (before is None or not is_privileged(before))
        )

    @cached_property
    def interpreters(self) -> tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]]:
        """The interpreters of the old base, and those of the new one, by kind and version."""
        return interpreters_of(self.old), interpreters_of(self.new)

    @cached_property
    def owned(self) -> Mapping[str, str]:
        """Paths of the new base by the package of dpkg that they belong to."""
        found: dict[str, str] = {}
        links = {
            path: entry.link
            for path, entry in self.new.tree.items()
            if entry.kind is FileKind.SYMBOLIC_LINK and "/" not in path
        }
        for path in self.new.children(dpkg.INFO):
            if not path.endswith(".list"):
                continue
            package = path.rpartition("/")[2].removesuffix(".list").partition(":")[0]
            for listed in dpkg.listed_files(self.new.kept(path) or b""):
                found[merged_usr(listed, links)] = package
        return found

    @cached_property
    def new_packages(self) -> Records:
        """The new base's records of dpkg; empty where it has none, or none that can be read."""
        try:
            return dpkg.parse_status(self.new.kept(dpkg.STATUS) or b"")
        except NotRecords:
            return {}


def merged_usr(path: str, links: Mapping[str, str]) -> str:
    """Where a path of a package's list is, when ``/lib`` and its like are links into ``/usr``."""
    first, slash, rest = path.partition("/")
    target = links.get(first)
    return f"{target.strip('/')}/{rest}" if target and slash else path
