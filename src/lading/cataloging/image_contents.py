"""Apply the analyses of an image's layers in order: what is visible in the end, and since which layer.

A path of a lower layer is hidden when a higher one deletes it or a directory above it (whiteout), hides all
content of a directory above it (opaque), or writes a link at or above it, or a file at it. That is what
runtimes do: whatever is not a directory takes the place of all that was there.

Two cases are read towards reporting too much. A file that takes the place of a whole directory hides nothing
here, because layers do not list all their files. A layer that writes through a link of a lower layer (``lib``
→ ``usr/lib``) adds to what the link's target holds, because builders write real paths, and only hand-made
archives do this.

Nothing is there twice. A package that a lock file declares and that is installed is installed; a program that
a package database has written, or has written over, is that package. (A program that a later layer put in its
place is not, and stays.)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lading.cataloging.all_catalogers import ALL_CATALOGERS, DECLARING, IN_PROGRAMS
from lading.cataloging.analysis import (
    BakedSecret,
    Distro,
    ImageContents,
    InstalledPackage,
    LayerAnalysis,
    LicenseStatement,
    OsRelease,
    Unreadable,
)
from lading.cataloging.cataloger import Cataloger, Interests
from lading.cataloging.distro import SYSTEM_PACKAGE_TYPES, believed, disown, place, place_layer
from lading.cataloging.owners import owner_name, still_owned
from lading.cataloging.program_places import one_place
from lading.image.path import resolve
from lading.packages.package import Package
from lading.packages.package_name import comparable_name


def combine(
    layers: Sequence[LayerAnalysis],
    catalogers: tuple[Cataloger, ...] = ALL_CATALOGERS,
    *,
    altered: frozenset[str] = frozenset(),
) -> ImageContents:
    """Apply ``layers``, lowest first. Packages of the operating system come placed on its distribution.

    ``altered`` are packages of the system whose files are not as they were installed: they own no others.
    """
    stack = _Stack()
    for number, layer in enumerate(layers):
        stack.hide(_Hiding.of(layer), number)
        stack.add(layer, number)
    distro = believed(stack.releases.values())
    unreadable = [*stack.iter_unreadable(), *_behind_links(stack.links, catalogers)]
    stack.disown(altered)
    packages, repeated = _each_once(stack.iter_packages(distro))
    return ImageContents(
        distro=distro,
        packages=tuple(sorted(packages, key=_by_name)),
        secrets=tuple(stack.secrets),
        unreadable=tuple(unreadable),
        hidden_sources=tuple(sorted(stack.hidden)),
        repeated=tuple(sorted(repeated, key=_by_name)),
        disowned=tuple(sorted(stack.disowned)),
    )


@dataclass(frozen=True, slots=True)
class _Hiding:
    """What one layer hides of those below it."""

    trees: frozenset[str]  # these and all below them
    contents: frozenset[str]  # all below these
    files: frozenset[str]  # these

    @classmethod
    def of(cls, layer: LayerAnalysis) -> "_Hiding":
        links = (link.path for link in layer.links)
        return cls(
            trees=frozenset((*layer.whiteouts, *links)),
            contents=frozenset(layer.opaque),
            files=frozenset(layer.replaced),
        )

    def hides(self, path: str) -> bool:
        if path in self.trees or path in self.files:
            return True
        if not self.trees and not self.contents:
            return False
        return any(above in self.trees or above in self.contents for above in _iter_above(path))


@dataclass(slots=True)
class _Visible:
    """A package source that can be seen, and the layer that first brought each of its packages.

    That is the lowest of the unbroken row of layers that wrote this file with this package in it: package
    managers write their whole database again for each package that they add.
    """

    layer: int
    first: dict[Package, int]


@dataclass(slots=True)
class _Stack:
    """What is visible after the layers so far."""

    sources: dict[tuple[str, str], _Visible] = field(default_factory=dict)  # by path and cataloger
    releases: dict[str, OsRelease] = field(default_factory=dict)
    ownership: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    described: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)  # by database
    disowned: list[tuple[int, str]] = field(default_factory=list)
    statements: dict[str, LicenseStatement] = field(default_factory=dict)
    links: dict[str, tuple[int, str]] = field(default_factory=dict)
    secrets: list[BakedSecret] = field(default_factory=list)
    hidden: list[tuple[int, str]] = field(default_factory=list)
    _unreadable: list[tuple[int, Unreadable]] = field(default_factory=list)
    _before: dict[tuple[str, str], dict[Package, int]] = field(default_factory=dict)

    def hide(self, hiding: _Hiding, number: int) -> None:
        """Take away what layer ``number`` hides."""
        self._before = {}
        for key in [key for key in self.sources if hiding.hides(key[0])]:
            source = self.sources.pop(key)
            self.hidden.append((source.layer, key[0]))
            if key[0] in hiding.files:
                self._before[key] = source.first
        for path in [path for path in self.releases if hiding.hides(path)]:
            del self.releases[path]
        for path in [path for path in self.ownership if hiding.hides(path)]:
            del self.ownership[path], self.described[path]
        for path in [path for path in self.statements if hiding.hides(path)]:
            del self.statements[path]
        for path in [path for path in self.links if hiding.hides(path)]:
            del self.links[path]
        # What nobody could read in a package source matters as long as that is there. What may be a secret,
        # or is a fault of the layer itself, ships in any case.
        self._unreadable = [
            (layer, doubt)
            for layer, doubt in self._unreadable
            if doubt.cataloger == "layer" or not doubt.path or not hiding.hides(doubt.path)
        ]
        self.secrets = [
            BakedSecret(baked.secret, baked.layer, number)
            if baked.deleted_by is None and hiding.hides(baked.secret.path)
            else baked
            for baked in self.secrets
        ]

    def add(self, layer: LayerAnalysis, number: int) -> None:
        """Put layer ``number`` on top."""
        # A layer known from another image comes placed on that one's distribution, a fresh one on none.
        for source in place_layer(layer, None).sources:
            key = (source.path, source.cataloger)
            before = self._before.get(key, {})
            first = {package: before.get(package, number) for package in source.packages}
            self.sources[key] = _Visible(number, first)
        self.statements.update({stated.path: stated for stated in layer.license_statements})
        for said in layer.ownership:
            self.ownership[said.path] = number, frozenset(map(one_place, said.files))
            self.described[said.path] = said.describing
        self.releases.update({release.path: release for release in layer.releases})
        self.links.update({link.path: (number, link.target) for link in layer.links})
        self.secrets.extend(BakedSecret(secret, number, None) for secret in layer.secrets)
        self._unreadable.extend((number, doubt) for doubt in layer.unreadable)

    def iter_packages(self, distro: Distro | None) -> Iterator[tuple[InstalledPackage, bool]]:
        """Each package, and whether it is a part of another one."""
        stated = {statement.package: statement.licenses for statement in self.statements.values()}
        for (path, cataloger), source in self.sources.items():
            owned = cataloger in IN_PROGRAMS and self._is_owned(path, source.layer)
            declared = cataloger in DECLARING
            for package, first in source.first.items():
                licenses = stated.get(package.name, ()) if package.type == "deb" else ()
                yield InstalledPackage(place(package, distro), path, first, declared, licenses), owned

    def disown(self, altered: frozenset[str]) -> None:
        """Take the owner from packages where it is not believed any more (``owners``, step 5)."""
        owned = [
            (path, source)
            for (path, _), source in self.sources.items()
            if any(package.owner for package in source.first)
        ]
        if not owned:
            return
        standing = {
            owner_name(package): package.name
            for source in self.sources.values()
            for package in source.first
            if package.type in SYSTEM_PACKAGE_TYPES and package.name not in altered
        }
        listed: dict[str, set[str]] = {}
        for files in self.described.values():
            for file, package in files:
                listed.setdefault(one_place(file), set()).add(package)
        for path, source in owned:
            owners = [package.owner for package in source.first if package.owner]
            if not all(still_owned(owner, path, standing, listed) for owner in owners):
                source.first = {disown(package): layer for package, layer in source.first.items()}
                self.disowned.append((source.layer, path))

    def _is_owned(self, path: str, written: int) -> bool:
        """Whether a package database accounts for a file, and was written not before it."""
        path = one_place(path)
        return any(written <= layer and path in files for layer, files in self.ownership.values())

    def iter_unreadable(self) -> Iterator[tuple[int, Unreadable]]:
        return iter(self._unreadable)


def _behind_links(
    links: Mapping[str, tuple[int, str]], catalogers: tuple[Cataloger, ...]
) -> Iterator[tuple[int, Unreadable]]:
    """Package databases that stand behind a link to where nobody reads: seen, and not looked into."""
    interests = Interests(catalogers)
    targets = {path: target for path, (_, target) in links.items()}
    for path, cataloger in interests.fixed():
        above = next((link for link in _iter_above(path) if link in links), None)
        if above is None:
            continue
        meant = resolve(path, targets)
        if meant is None or cataloger not in interests.of(meant):
            layer, target = links[above]
            yield layer, Unreadable(path, cataloger.name, f"it stands behind the link {above} to {target}")


def _each_once(
    found: Iterable[tuple[InstalledPackage, bool]],
) -> tuple[list[InstalledPackage], list[InstalledPackage]]:
    """What is there, and what would be there twice."""
    all_found = list(found)
    installed = {_identity(one.package) for one, owned in all_found if not one.declared and not owned}
    declared: dict[tuple[str, ...], Package] = {}
    for one, _ in all_found:
        if one.declared:  # of several lock files, the one that says most speaks for all
            known = declared.setdefault(_identity(one.package), one.package)
            declared[_identity(one.package)] = max(known, one.package, key=lambda each: (each.licenses, each))
    kept: list[InstalledPackage] = []
    repeated: list[InstalledPackage] = []
    for one, owned in all_found:
        identity = _identity(one.package)
        twice = one.declared and (identity in installed or declared[identity] != one.package)
        (repeated if owned or twice else kept).append(one)
    return kept, repeated


def _identity(package: Package) -> tuple[str, ...]:
    name = comparable_name(package.type, package.namespace, package.name, "")
    return package.type, name.namespace, name.name, package.version


def _iter_above(path: str) -> Iterator[str]:
    """The directories above ``path``, the root last."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _by_name(installed: InstalledPackage) -> tuple[Package, str]:
    return installed.package, installed.path
