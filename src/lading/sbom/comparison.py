"""What a bill of materials declares, beside what was found: where the two do not say the same."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from lading.packages.package import Package
from lading.packages.package_name import NameKind, comparable_name

_SYSTEM = frozenset({"deb", "apk", "rpm", "alpm"})
_Named: TypeAlias = dict[tuple[str, str, str], dict[str, Package]]


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """A package that both have, at other versions."""

    declared: Package
    found: tuple[str, ...]  # versions


@dataclass(frozen=True, slots=True)
class SbomDifferences:
    """All of them, in order. ``agreed`` counts package versions that both have."""

    agreed: int
    not_found: tuple[Package, ...]  # declared, and not found
    not_declared: tuple[Package, ...]  # found, and not declared
    other_versions: tuple[OtherVersion, ...]
    unusable: tuple[str, ...] = ()  # components that no package can be made of

    @property
    def is_empty(self) -> bool:
        """Whether the two say the same."""
        return not (self.not_found or self.not_declared or self.other_versions)


def compare(
    declared: Iterable[Package], found: Iterable[Package], unusable: tuple[str, ...] = ()
) -> SbomDifferences:
    """Compare by type, name and version. Namespaces of systems and architectures are written in many ways."""
    said, seen = _named(declared), _named(found)
    agreed = 0
    not_found: list[Package] = []
    other: list[OtherVersion] = []
    not_declared = [package for key in seen.keys() - said.keys() for package in seen[key].values()]
    for key, versions in said.items():
        here = seen.get(key, {})
        agreed += len(versions.keys() & here.keys())
        more = [package for version, package in versions.items() if version not in here]
        undeclared = [package for version, package in here.items() if version not in versions]
        if more and undeclared:
            other += [
                OtherVersion(package, tuple(sorted(each.version for each in undeclared))) for package in more
            ]
        elif here:
            not_found += more
            not_declared += undeclared
        else:
            not_found += more
    return SbomDifferences(
        agreed=agreed,
        not_found=tuple(sorted(not_found)),
        not_declared=tuple(sorted(not_declared)),
        other_versions=tuple(sorted(other, key=lambda each: each.declared)),
        unusable=unusable,
    )


def _named(packages: Iterable[Package]) -> _Named:
    named: _Named = defaultdict(dict)
    for package in packages:
        namespace = "" if package.type in _SYSTEM else package.namespace
        name = comparable_name(package.type, namespace, package.name, "", NameKind.BINARY)
        named[package.type, name.namespace, name.name].setdefault(_version(package), package)
    return named


def _version(package: Package) -> str:
    """Writers leave out an epoch of zero, and ``v`` before Go's versions."""
    version = package.version.removeprefix("0:")
    return version.removeprefix("v") if package.type == "golang" else version
