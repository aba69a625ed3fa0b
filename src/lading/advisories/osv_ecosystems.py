"""OSV's ecosystems as purl types, namespaces and distributions (OSV schema, "Defined Ecosystems")."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lading.advisories.system_releases import distro_of_platform
from lading.packages.package_name import NameKind
from lading.packages.realm import Realm
from lading.packages.release import release_of


@dataclass(frozen=True, slots=True)
class OsvPackage:
    """A package as OSV names it, in our words; ``note`` is a condition on its fix ("ubuntu-pro")."""

    type: str
    namespace: str
    name: str
    distro: str = ""
    kind: NameKind = NameKind.SOURCE
    note: str = ""


def package_of(ecosystem: str, name: str) -> OsvPackage | None:
    """Read a package; None for ecosystems whose packages we do not look for."""
    family, _, release = ecosystem.partition(":")
    if family in _LANGUAGES:
        return _language_package(family, name)
    system = _SYSTEMS.get(family)
    return system(release, name) if system else None


# Ecosystem → purl type, and what separates the namespace from the name.
_LANGUAGES: dict[str, tuple[str, str]] = {
    "Bitnami": ("bitnami", ""),
    "CRAN": ("cran", ""),
    "ConanCenter": ("conan", ""),
    "Generic": ("generic", ""),  # none of OSV's: the shipped set's word for software as its makers release it
    "Go": ("golang", "/"),
    "Hackage": ("hackage", ""),
    "Hex": ("hex", ""),
    "Maven": ("maven", ":"),
    "NuGet": ("nuget", ""),
    "Packagist": ("composer", "/"),
    "Pub": ("pub", ""),
    "PyPI": ("pypi", ""),
    "RubyGems": ("gem", ""),
    "SwiftURL": ("swift", "/"),
    "crates.io": ("cargo", ""),
    "npm": ("npm", "/"),
}


def _language_package(family: str, name: str) -> OsvPackage:
    package_type, separator = _LANGUAGES[family]
    namespace, found, last = name.rpartition(separator) if separator else ("", "", name)
    return OsvPackage(package_type, namespace if found else "", last)


def _debian(release: str, name: str) -> OsvPackage | None:
    return OsvPackage("deb", "debian", name, f"debian-{release}") if re.fullmatch("[0-9]+", release) else None


_UBUNTU = re.compile(r"(?P<pro>Pro:)?(?P<number>[0-9]{2}\.[0-9]{2})(?::LTS)?")


def _ubuntu(release: str, name: str) -> OsvPackage | None:
    """Plain releases and Pro; variants with packages of their own (FIPS, BlueField) are other systems."""
    found = _UBUNTU.fullmatch(release)
    if found is None:
        return None
    note = "ubuntu-pro" if found["pro"] else ""
    return OsvPackage("deb", "ubuntu", name, f"ubuntu-{found['number']}", note=note)


def _alpine(release: str, name: str) -> OsvPackage | None:
    found = re.fullmatch(r"v?([0-9]+\.[0-9]+|edge)", release)
    return OsvPackage("apk", "alpine", name, f"alpine-{found[1]}") if found else None


def _rolling_apk(distro: str) -> Callable[[str, str], OsvPackage | None]:
    return lambda _release, name: OsvPackage("apk", distro, name, distro)


def _rpm(distro: str, kind: NameKind) -> Callable[[str, str], OsvPackage | None]:
    def system(release: str, name: str) -> OsvPackage | None:
        if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", release) is None:
            return None
        return OsvPackage("rpm", distro, name, f"{distro}-{release}", kind)

    return system


def _red_hat(release: str, name: str) -> OsvPackage | None:
    found = re.match(r"enterprise_linux:([0-9]+)(?:[.:]|$)", release)
    return OsvPackage("rpm", "redhat", name, f"rhel-{found[1]}", NameKind.BINARY) if found else None


def _suse(release: str, name: str) -> OsvPackage | None:
    """SUSE names its products: "SUSE Linux Enterprise Server 15 SP5", "openSUSE Leap 15.6"."""
    distro = distro_of_platform(release)
    return OsvPackage("rpm", "suse", name, distro, NameKind.BINARY) if distro else None


def _opensuse(release: str, name: str) -> OsvPackage | None:
    if release == "Tumbleweed":
        return OsvPackage("rpm", "opensuse", name, "opensuse-tumbleweed", NameKind.BINARY)
    return _suse(f"openSUSE {release}", name)


def _azure(release: str, name: str) -> OsvPackage | None:
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", release) is None:
        return None
    major = release.partition(".")[0]
    system = "azurelinux" if int(major) > 2 else "mariner"  # its name before
    distro = f"{system}-{major}.0"
    return OsvPackage("rpm", "azurelinux", name, distro, NameKind.BINARY)


_SYSTEMS: dict[str, Callable[[str, str], OsvPackage | None]] = {
    "AlmaLinux": _rpm("almalinux", NameKind.BINARY),
    "Alpine": _alpine,
    "Azure Linux": _azure,
    "Chainguard": _rolling_apk("chainguard"),
    "Debian": _debian,
    "Red Hat": _red_hat,
    "Photon OS": _rpm("photon", NameKind.BINARY),
    "Rocky Linux": _rpm("rocky", NameKind.SOURCE),
    "SUSE": _suse,
    "Ubuntu": _ubuntu,
    "Wolfi": _rolling_apk("wolfi"),
    "openEuler": _rpm("openEuler", NameKind.BINARY),
    "openSUSE": _opensuse,
}

# Distributions whose releases the ecosystem of a system is about, by their ids.
_SYSTEM_IDS: dict[str, tuple[str, ...]] = {
    "AlmaLinux": ("almalinux",),
    "Alpine": ("alpine",),
    "Azure Linux": ("azurelinux", "mariner"),
    "Chainguard": ("chainguard",),
    "Debian": ("debian",),
    "Photon OS": ("photon",),
    "Red Hat": ("rhel",),
    "Rocky Linux": ("rocky",),
    "SUSE": ("sles", "opensuse-leap"),
    "Ubuntu": ("ubuntu",),
    "Wolfi": ("wolfi",),
    "openEuler": ("openeuler",),
    "openSUSE": ("opensuse-leap", "opensuse-tumbleweed"),
}


def is_about(ecosystem: str, realm: Realm) -> bool:
    """Whether all advisories of an ecosystem ("PyPI", "Debian", "Debian:12") are those of the realm too.

    Records of one release name others as well, but not all that is said of those.
    """
    family, _, release = ecosystem.partition(":")
    if family in _LANGUAGES:
        return not release and realm == Realm(_LANGUAGES[family][0])
    if release:
        package = package_of(ecosystem, "any")
        return package is not None and realm == Realm(package.type, release_of(package.distro))
    return any(
        realm.release == system or realm.release.startswith(f"{system}-")
        for system in _SYSTEM_IDS.get(family, ())
    )


def ecosystem_of(realm: Realm) -> str:
    """The ecosystem to ask for advisories of a realm; empty where none is about it."""
    return next((family for family in (*_LANGUAGES, *_SYSTEMS) if is_about(family, realm)), "")
