"""Which packages of an image need which: what they ask for, answered by what is there.

A name is answered by the package that a package manager or an interpreter would find in this image. Versions
are not compared: what is installed was compared by who installed it, and lock files name the exact one.
A need that nothing answers is kept as such: an optional part, a program of the build, or what is missing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from lading.cataloging.analysis import ImageContents, InstalledPackage
from lading.cataloging.asking import Asked, Asker, Scope, key
from lading.cataloging.owners import owner_name
from lading.cataloging.program_places import one_place
from lading.cataloging.recorded_file import RecordedFile

_MOST_ANSWERS = 16  # to one name; a hostile image can have any number of packages that are called the same


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Packages by their number in ``packages``: what each needs, and what needs each.

    ``shipped_by`` tells the package of the system that a package of a language came with.
    """

    packages: tuple[InstalledPackage, ...] = ()
    needs: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    needed_by: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    unanswered: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    shipped_by: Mapping[int, int] = field(default_factory=dict)

    def reasons_for(self, number: int) -> tuple[int, ...]:
        """What a package is here for: those that need it, and the one that shipped it."""
        owner = self.shipped_by.get(number)
        return self.needed_by.get(number, ()) if owner is None else (owner, *self.needed_by.get(number, ()))


def dependencies_of(
    contents: ImageContents,
    asked: Sequence[Mapping[str, Asked]],
    records: Sequence[Mapping[str, Iterable[RecordedFile]]] = (),
) -> Dependencies:
    """Answer what the files of each layer ask, the lowest first. ``records`` tell who has which file."""
    return _Answering(contents, asked, records).all()


def chains_to(dependencies: Dependencies, target: int, *, limit: int) -> Iterator[tuple[int, ...]]:
    """Yield the shortest way to a package from each that nothing needs, shortest first: why it is here.

    Each way begins at such a package and ends at ``target``; a package that only a circle of others needs has
    none. At most ``limit``.
    """
    before: dict[int, int] = {}
    found = 0
    pending, seen = [target], {target}
    for number in pending:  # grows while it is walked: breadth first
        above = dependencies.reasons_for(number)
        if not above and number != target:
            yield tuple(_walk(before, number))
            found += 1
            if found >= limit:
                return
        for one in above:
            if one not in seen:
                seen.add(one)
                before[one] = number
                pending.append(one)


def _walk(before: Mapping[int, int], number: int) -> Iterator[int]:
    yield number
    while number in before:
        number = before[number]
        yield number


class _Answering:
    """Names, and the packages that answer to them."""

    def __init__(
        self,
        contents: ImageContents,
        asked: Sequence[Mapping[str, Asked]],
        records: Sequence[Mapping[str, Iterable[RecordedFile]]],
    ) -> None:
        hidden = set(contents.hidden_sources)
        self._asked = {
            path: one
            for layer, files in enumerate(asked)
            for path, one in files.items()
            if (layer, path) not in hidden
        }
        self._records = [file for files in records for told in files.values() for file in told]
        self._packages = contents.packages
        self._named: dict[tuple[str, str], dict[int, None]] = {}  # by type and name, also provided ones
        self._at: dict[str, dict[str, list[int]]] = {}  # by path and name
        self._beside: dict[tuple[str, str, str], list[int]] = {}  # by type, name and folder
        self._exact: dict[tuple[str, str, str], int] = {}  # the first by type, name and version
        for number, one in enumerate(contents.packages):
            name, kind = _key(one), one.package.type
            self._named.setdefault((kind, name), {})[number] = None
            self._exact.setdefault((kind, name, one.package.version), number)
            self._at.setdefault(one.path, {}).setdefault(name, []).append(number)
            self._beside.setdefault((kind, name, _folder_of(one.path)), []).append(number)

    def all(self) -> Dependencies:
        askers = [
            (path, said.scope, asker, number)
            for path, said in sorted(self._asked.items())
            for asker in said.askers
            if (number := self._number(path, asker)) is not None
        ]
        for _, _, asker, number in askers:
            for name in asker.provides:
                self._named.setdefault((asker.type, name), {})[number] = None
        self._add_files(asker for _, scope, asker, _ in askers if scope is Scope.SYSTEM)
        needs: dict[int, dict[int, None]] = {}
        unanswered: dict[int, dict[str, None]] = {}
        for path, scope, asker, number in askers:
            for alternatives in asker.needs:
                found = self._first(path, scope, asker, alternatives)
                if found:
                    needs.setdefault(number, {}).update(dict.fromkeys(one for one in found if one != number))
                else:
                    unanswered.setdefault(number, {})[" | ".join(alternatives)] = None
        needed_by: dict[int, list[int]] = {}
        for number, answers in needs.items():
            for one in answers:
                needed_by.setdefault(one, []).append(number)
        return Dependencies(
            self._packages,
            {number: tuple(sorted(answers)) for number, answers in sorted(needs.items()) if answers},
            {number: tuple(sorted(those)) for number, those in sorted(needed_by.items())},
            {number: tuple(names) for number, names in sorted(unanswered.items())},
            self._shipped_by(),
        )

    def _shipped_by(self) -> dict[int, int]:
        numbers = {owner_name(one.package): number for number, one in enumerate(self._packages)}
        return {
            number: numbers[one.package.owner]
            for number, one in enumerate(self._packages)
            if one.package.owner in numbers
        }

    def _number(self, path: str, asker: Asker) -> int | None:
        """The package that asks: as it stands at its path, or where it counts if it is there twice."""
        for number in self._at.get(path, {}).get(asker.name, ())[:_MOST_ANSWERS]:
            if self._packages[number].package.version == asker.version:
                return number
        return self._exact.get((asker.type, asker.name, asker.version))

    def _first(
        self, path: str, scope: Scope, asker: Asker, alternatives: tuple[str, ...]
    ) -> Sequence[int] | None:
        for name in alternatives:
            found = self._answers(path, scope, asker, name)
            if found:
                return found
        return None

    def _answers(self, path: str, scope: Scope, asker: Asker, need: str) -> Sequence[int]:
        name, _, version = need.partition(" ")
        here = self._at.get(path, {}).get(name, ())[:_MOST_ANSWERS]
        if version:
            exact = [number for number in here if self._packages[number].package.version == version]
            anywhere = self._exact.get((asker.type, name, version))
            return exact or (() if anywhere is None else (anywhere,))
        named = tuple(islice(self._named.get((asker.type, name), ()), _MOST_ANSWERS))
        match scope:
            case Scope.SYSTEM:
                return named
            case Scope.FILE:
                return here or named[:1]
            case Scope.FOLDER:
                beside = self._beside.get((asker.type, name, _folder_of(path)), ())
                return beside[:_MOST_ANSWERS] or named[:1]
            case Scope.NODE:
                return self._of_node(path, name)

    def _of_node(self, path: str, name: str) -> Sequence[int]:
        """As Node's ``require`` looks for it (nodejs.org, "Loading from node_modules folders")."""
        folder = path.rpartition("/")[0]
        while True:
            if not folder.endswith("node_modules"):
                below = f"{folder}/node_modules" if folder else "node_modules"
                found = self._at.get(f"{below}/{name}/package.json")
                if found:  # a name may be an alias: what stands there is it
                    return next(iter(found.values()))
            if not folder:
                found = self._at.get(f"usr/share/nodejs/{name}/package.json")  # where Debian's Node looks
                return next(iter(found.values())) if found else ()
            folder = folder.rpartition("/")[0]

    def _add_files(self, askers: Iterable[Asker]) -> None:
        """Names that are paths (rpm, apk) are answered by the package that has the file."""
        wanted = {
            (asker.type, one_place(name[1:])): (asker.type, name)
            for asker in askers
            for alternatives in asker.needs
            for name in alternatives
            if name.startswith("/") and (asker.type, name) not in self._named
        }
        if not wanted:
            return
        types = {kind for kind, _ in wanted}
        for file in self._records:
            place = one_place(file.path)
            for kind in types:
                if (kind, place) in wanted:
                    owner = next(iter(self._named.get((kind, file.package), ())), None)
                    if owner is not None:
                        self._named.setdefault(wanted[kind, place], {})[owner] = None


def _key(installed: InstalledPackage) -> str:
    """Packages of the system stand in their distribution's namespace, which none of them asks for."""
    package = installed.package
    return package.name if package.distro and not package.owner else key(package)


def _folder_of(path: str) -> str:
    """The folder that holds the folder of a description: site-packages."""
    folder, _, name = path.rpartition("/")
    return folder if name.endswith(".egg-info") else folder.rpartition("/")[0]
