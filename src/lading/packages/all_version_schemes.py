"""Every ordering of versions, and which one the packages of a type follow."""

from lading.packages.version_scheme import VersionScheme
from lading.packages.version_schemes.apk import APK
from lading.packages.version_schemes.composer import COMPOSER
from lading.packages.version_schemes.conan import CONAN
from lading.packages.version_schemes.cpan import CPAN
from lading.packages.version_schemes.cran import CRAN
from lading.packages.version_schemes.crates import CRATES
from lading.packages.version_schemes.dpkg import DPKG
from lading.packages.version_schemes.gem import GEM
from lading.packages.version_schemes.generic import GENERIC
from lading.packages.version_schemes.go import GO
from lading.packages.version_schemes.hackage import HACKAGE
from lading.packages.version_schemes.hex import HEX
from lading.packages.version_schemes.maven import MAVEN
from lading.packages.version_schemes.nuget import NUGET
from lading.packages.version_schemes.pacman import PACMAN
from lading.packages.version_schemes.pep440 import PEP440
from lading.packages.version_schemes.pub import PUB
from lading.packages.version_schemes.rpm import RPM
from lading.packages.version_schemes.semver import SEMVER

ALL_VERSION_SCHEMES: tuple[VersionScheme, ...] = (
    APK,
    COMPOSER,
    CONAN,
    CPAN,
    CRAN,
    CRATES,
    DPKG,
    GEM,
    GENERIC,
    GO,
    HACKAGE,
    HEX,
    MAVEN,
    NUGET,
    PACMAN,
    PEP440,
    PUB,
    RPM,
    SEMVER,
)

VERSION_SCHEMES = {scheme.name: scheme for scheme in ALL_VERSION_SCHEMES}

# By purl type; a type that is absent here has no ordering, so its versions are undetermined.
SCHEME_OF_TYPE: dict[str, VersionScheme] = {
    "alpm": PACMAN,
    "apk": APK,
    "bitnami": SEMVER,
    "brew": GENERIC,
    "cargo": CRATES,
    "cocoapods": GEM,
    "composer": COMPOSER,
    "conan": CONAN,
    "conda": PEP440,
    "cos": GENERIC,
    "cpan": CPAN,
    "cran": CRAN,
    "deb": DPKG,
    "ebuild": GENERIC,
    "flatpak": GENERIC,
    "gem": GEM,
    "generic": GENERIC,
    "golang": GO,
    "hackage": HACKAGE,
    "helm": SEMVER,
    "hex": HEX,
    "julia": SEMVER,
    "luarocks": GENERIC,
    "maven": MAVEN,
    "nix": GENERIC,
    "npm": SEMVER,
    "nuget": NUGET,
    "opkg": DPKG,
    "otp": GENERIC,
    "pub": PUB,
    "pypi": PEP440,
    "rpm": RPM,
    "snap": GENERIC,
    "spack": GENERIC,
    "swift": SEMVER,
    "terraform": SEMVER,
    "vcpkg": GENERIC,
    "wordpress-plugin": GENERIC,
    "wordpress-theme": GENERIC,
}
