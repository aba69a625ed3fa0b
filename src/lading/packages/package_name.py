"""What advisories speak of: a package of any version, in the one form in which both sides are compared."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from lading.packages.package import Package
from lading.packages.release import release_of


class NameKind(StrEnum):
    """Vendors write about what they build from (Debian, Alpine) or about what they ship (AlmaLinux)."""

    SOURCE = "source"
    BINARY = "binary"


@dataclass(frozen=True, slots=True, order=True)
class PackageName:
    """A comparable name. ``release`` is as ``lading.packages.release`` writes it.

    It is empty for packages outside distributions, as ``namespace`` is for those in one.
    """

    type: str
    namespace: str
    name: str
    release: str
    kind: NameKind


@lru_cache(maxsize=65536)
def comparable_name(
    package_type: str, namespace: str, name: str, distro: str, kind: NameKind = NameKind.SOURCE
) -> PackageName:
    """Normalise as the ecosystem does: two spellings of one package give equal names."""
    if distro:
        return PackageName(package_type, "", name, release_of(distro), kind)
    return PackageName(package_type, _normal(package_type, namespace), _normal(package_type, name), "", kind)


def names_of(package: Package) -> tuple[PackageName, ...]:
    """Every name under which an advisory may speak of this package.

    One that a package of a distribution ships has the name that its makers give it. Whether their word counts
    is asked of ``lading.packages.realm``: where the distribution's is held, it counts alone.

    A package of a distribution has two: what it was built from and what it is. So has a program that no
    package manager knows of: Bitnami publishes about servers by their makers' versions. Others have one.
    """
    distro = "" if package.owner else package.distro
    source = comparable_name(package.type, package.namespace, package.advisory_name, distro, NameKind.SOURCE)
    if package.type == "generic":
        return (source, comparable_name("bitnami", "", package.name, ""))
    if not distro:
        return (source,)
    binary = comparable_name(package.type, package.namespace, package.name, distro, NameKind.BINARY)
    return (source, binary)


def _normal(package_type: str, text: str) -> str:
    if package_type == "pypi":
        return re.sub(r"[-_.]+", "-", text).lower()  # PEP 503
    if package_type in ("composer", "nuget", "golang", "hex", "pub", "bitnami"):
        return text.lower()
    if package_type == "cargo":
        return text.lower().replace("_", "-")  # crates.io holds the two to be one name
    return text
