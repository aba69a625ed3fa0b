"""What a cataloger is, and which files it wants to see."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lading.cataloging.analysis import LicenseStatement, Unreadable
from lading.cataloging.asking import Asker, Scope
from lading.cataloging.recorded_file import RecordedFile
from lading.packages.package import Package

Found: TypeAlias = Package | Unreadable
Parse: TypeAlias = Callable[[str, bytes], Iterator[Found]]
ReadRecords: TypeAlias = Callable[[str, bytes], Iterator[RecordedFile]]
ReadAsks: TypeAlias = Callable[[str, bytes], Iterator[Asker]]
ReadLicenses: TypeAlias = Callable[[str, bytes], LicenseStatement | None]
Recognise: TypeAlias = Callable[[bytes, int], bool]

MAX_FILE_BYTES = 64 << 20
HEAD_BYTES = 8 << 10


@dataclass(frozen=True, slots=True)
class Cataloger:
    """One on-disk format that says which packages are installed.

    ``reads`` are globs from the root without a leading slash: ``*`` stands for anything within one name,
    ``**/`` for any number of directories. ``parse(path, content)`` yields one package after another, and an
    Unreadable for each part that it does not understand; it raises nothing, whatever the content. Files of
    more than ``max_bytes`` are reported and not parsed.

    ``recognises(head, size)`` asks for files by their content, wherever they stand, programs for example: it
    gets the first ``HEAD_BYTES`` of each file that begins with one of ``begins`` (all of a shorter one) and
    its size, and should say no quickly.

    ``trees`` are directories in which each name stands for a package by itself (``nix/store``): ``parse``
    gets the path of each once, and no content.

    ``owns(path, content)`` yields the programs, libraries and descriptions of packages that a package
    database accounts for. ``found_in_programs`` is set where packages are read from programs: one and the
    same is not to be found twice.

    ``records(path, content)`` yields every file that the file tells of, so that it can be verified later.

    ``asks(path, content)`` yields what the packages need, and ``scope`` says where that is looked for.

    ``licenses(path, content)`` reads what the file says of a package's licences, where its database does not.

    ``declares`` is set where the file says what somebody wants installed (a lock file) and not what is.
    """

    name: str
    reads: tuple[str, ...]
    parse: Parse
    max_bytes: int = MAX_FILE_BYTES
    recognises: Recognise | None = None
    begins: tuple[bytes, ...] = ()
    trees: tuple[str, ...] = ()
    owns: ReadRecords | None = None
    records: ReadRecords | None = None
    asks: ReadAsks | None = None
    scope: Scope = Scope.SYSTEM
    licenses: ReadLicenses | None = None
    found_in_programs: bool = False
    declares: bool = False


class Interests:
    """Which catalogers want a path. Asked for each file of each layer, so the usual no is three look-ups.

    They stay three however many catalogers there are.
    """

    def __init__(self, catalogers: Iterable[Cataloger]) -> None:
        self._by_name: dict[str, list[tuple[re.Pattern[str], Cataloger]]] = {}
        self._by_suffix: dict[str, list[tuple[re.Pattern[str], Cataloger]]] = {}
        self._by_directory: dict[str, list[tuple[re.Pattern[str], Cataloger]]] = {}
        self.catalogers = tuple(catalogers)
        self._by_content = [reader for reader in self.catalogers if reader.recognises is not None]
        self._beginnings = tuple({begin for reader in self._by_content for begin in reader.begins})
        self._trees = {f"{tree}/": reader for reader in self.catalogers for tree in reader.trees}
        self._tree_prefixes = tuple(self._trees)
        for cataloger in self.catalogers:
            for glob in cataloger.reads:
                self._index(glob, cataloger)

    def of(self, path: str) -> tuple[Cataloger, ...]:
        """The catalogers that read the file at ``path``, each once."""
        directory, _, name = path.rpartition("/")
        by_name = self._by_name.get(name)
        by_suffix = self._by_suffix.get(name[name.rfind(".") :])
        by_directory = self._by_directory.get(directory)
        if by_name is by_suffix is by_directory:  # all None, as for nearly every file
            return ()
        candidates = [*(by_name or ()), *(by_suffix or ()), *(by_directory or ())]
        return tuple(dict.fromkeys(reader for pattern, reader in candidates if pattern.fullmatch(path)))

    def by_content(self, head: bytes, size: int) -> tuple[Cataloger, ...]:
        """The catalogers that want a file of ``size`` bytes that begins with ``head``."""
        if not head.startswith(self._beginnings):
            return ()
        return tuple(
            reader
            for reader in self._by_content
            if reader.recognises and head.startswith(reader.begins) and reader.recognises(head, size)
        )

    def in_tree(self, path: str) -> tuple[str, Cataloger] | None:
        """The name right below a tree that ``path`` is or stands in, and the cataloger that reads it."""
        if not path.startswith(self._tree_prefixes):
            return None
        tree = next(tree for tree in self._tree_prefixes if path.startswith(tree))
        name = path[len(tree) :].partition("/")[0]
        return (tree + name, self._trees[tree]) if name else None

    def fixed(self) -> Iterator[tuple[str, Cataloger]]:
        """Paths that are read wherever the image comes from: globs without a star."""
        for cataloger in self.catalogers:
            for glob in cataloger.reads:
                if "*" not in glob:
                    yield glob, cataloger

    def _index(self, glob: str, cataloger: Cataloger) -> None:
        directory, _, name = glob.rpartition("/")
        entry = (compile_glob(glob), cataloger)
        if "*" not in name:
            self._by_name.setdefault(name, []).append(entry)
        elif "." in name and "*" not in name[name.rfind(".") :]:
            self._by_suffix.setdefault(name[name.rfind(".") :], []).append(entry)
        elif "*" not in directory:
            self._by_directory.setdefault(directory, []).append(entry)
        else:
            raise ValueError(f"{glob} of {cataloger.name} needs a whole name, a suffix or a whole directory")


def compile_glob(glob: str) -> re.Pattern[str]:
    """Make a pattern that matches whole paths."""
    pattern = "".join(
        {"**/": "(?:[^/]+/)*", "*": "[^/]*"}.get(part, re.escape(part))
        for part in re.split(r"(\*\*/|\*)", glob)
    )
    return re.compile(pattern, re.DOTALL)
