"""Realms: the packages that one publisher of advisories speaks for as a whole.

A release of a distribution is one (all debs of Debian 12), an ecosystem is another (all that is on PyPI).
That nothing is said of a package says something only where advisories of its realm are held at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from lading.packages.package import Package
from lading.packages.package_name import PackageName
from lading.packages.release import release_of

# purl types whose packages mean something on their distribution only.
_OF_SYSTEMS = frozenset({"alpm", "apk", "deb", "rpm"})


@dataclass(frozen=True, slots=True, order=True)
class Realm:
    """A purl type, and the release of a distribution (``lading.packages.release``) where it is of one."""

    type: str
    release: str = ""

    @property
    def is_of_system(self) -> bool:
        """Whether its packages are of a distribution, known or not."""
        return self.type in _OF_SYSTEMS

    @property
    def words(self) -> str:
        """What people call it."""
        if self.release:
            return self.release
        return f"{self.type} of an unknown distribution" if self.is_of_system else self.type


def realm_of_name(name: PackageName) -> Realm:
    """The realm that a name of a package is in."""
    return Realm(name.type, name.release)


def owners_realm(package: Package) -> Realm | None:
    """The realm of the distribution that ships a package of another kind; None where none does."""
    if not package.owner:
        return None
    return Realm(package.owner.partition("/")[0], release_of(package.distro) if package.distro else "")


def realms_of(package: Package) -> tuple[Realm, ...]:
    """The realms any of which is enough to judge the package, the one whose word counts first."""
    owner = owners_realm(package)
    if owner is not None:
        return (owner, Realm(package.type))
    if package.type == "generic":  # Bitnami publishes about programs by their makers' versions
        return (Realm("generic"), Realm("bitnami"))
    return (Realm(package.type, release_of(package.distro) if package.distro else ""),)


def is_judged_by_owner(package: Package, held: frozenset[Realm]) -> bool:
    """Whether the distribution's word on the package that ships this one is held, and so counts alone."""
    return owners_realm(package) in held


# Packages by the realms any of which is enough to judge them, and how many there are.
RealmNumbers: TypeAlias = Mapping[tuple[Realm, ...], int]


def unjudged(numbers: RealmNumbers, held: frozenset[Realm]) -> dict[tuple[Realm, ...], int]:
    """The packages that nothing that is held could judge."""
    return {realms: number for realms, number in sorted(numbers.items()) if held.isdisjoint(realms)}


def realm_words(realms: tuple[Realm, ...]) -> str:
    """What is missing: any of these would do."""
    return " or ".join(realm.words for realm in realms)


def unjudged_words(missing: RealmNumbers) -> str:
    """One sentence for people; empty where everything could be judged."""
    if not missing:
        return ""
    number = sum(missing.values())
    packages = f"{number:,} package{'' if number == 1 else 's'}"
    *others, last = (realm_words(realms) for realms in missing)
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"could not tell for {packages}: no advisories held for {listed}"
