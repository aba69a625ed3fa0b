"""What is right to say of packages by the small feeds, written down by hand, trap by trap."""

from dataclasses import dataclass
from enum import StrEnum

from lading.packages.package import Package
from tests.quality.labelled import apk, deb, rpm


class Right(StrEnum):
    """What a careful reader of the feed would say."""

    AFFECTED = "affected"
    FIXED = "fixed"
    NOT_AFFECTED = "not affected"
    UNDETERMINED = "undetermined"


AFFECTED, FIXED, NOT_AFFECTED, UNDETERMINED = Right


@dataclass(frozen=True, slots=True)
class SmallLabel:
    """One package and what is right of each flaw; any other that is found is wrong. ``why`` is the trap."""

    package: Package
    why: str
    right: dict[str, Right]


def _label(package: Package, why: str, **right: Right) -> SmallLabel:
    """Flaws by the last four digits of their CVE: ``_0101=AFFECTED``."""
    return SmallLabel(package, why, {f"CVE-2026-{flaw[1:]}": each for flaw, each in right.items()})


def _binary(name: str, version: str, source: str, source_version: str) -> Package:
    return Package("deb", "debian", name, version, "amd64", "debian-12", source, source_version)


def _owned(version: str, distro: str, owner: str) -> Package:
    return Package("pypi", "", "rope", version, distro=distro, owner=owner)


def _go(name: str, version: str) -> Package:
    return Package("golang", "example.org/x", name, version)


def _red_hat(name: str, version: str) -> Package:
    return Package("rpm", "redhat", name, version, "x86_64", "rhel-9.4", name, version)


_DPKG = (
    _label(
        deb("libcurl4", "7.88.1-10+deb12u3", "curl"),
        "named by its source; no security update for a minor flaw is no fix",
        _0101=AFFECTED,
        _0102=NOT_AFFECTED,
        _0103=UNDETERMINED,
        _0104=AFFECTED,
    ),
    _label(
        deb("libcurl4", "7.88.1-10+deb12u4", "curl"),
        "the repair is in the revision",
        _0101=FIXED,
        _0102=NOT_AFFECTED,
        _0103=UNDETERMINED,
        _0104=AFFECTED,
    ),
    _label(
        deb("libcurl4", "7.88.1-10+deb12u10", "curl"),
        "10 is after 4",
        _0101=FIXED,
        _0103=UNDETERMINED,
        _0104=AFFECTED,
    ),
    _label(
        deb("curl", "7.74.0-1.3+deb11u9", "curl", "11"), "each release has a fix of its own", _0101=AFFECTED
    ),
    _label(
        deb("curl", "7.88.1-10+deb12u3~bpo11+1", "curl", "11"),
        "a back-port is compared with the fix of the release that it runs on",
        _0101=FIXED,
    ),
    _label(
        deb("libcurl4-doc", "7.88.1-10+deb12u3", "curl"),
        "documents hold none of the code",
        _0101=NOT_AFFECTED,
    ),
    _label(deb("anvil", "9.9-1", "anvil"), "no epoch is before epoch 1", _0105=AFFECTED),
    _label(deb("anvil", "2:0.5-1", "anvil"), "epoch 2 is after epoch 1", _0105=FIXED),
    _label(deb("anvil", "1:1.2-3~rc1", "anvil"), "a tilde comes before the end", _0105=AFFECTED),
    _label(_binary("anvil-tools", "5:7.0-1", "anvil", "1:1.2-2"), "the source's version", _0105=AFFECTED),
    _label(_binary("anvil-tools", "0.1-1", "anvil", "1:1.2-3"), "the source's version", _0105=FIXED),
    _label(deb("mailx", "8.1-1", "bsd-mailx"), "another source of that name", _0106=NOT_AFFECTED),
)
_APK = (
    _label(
        apk("libcrypto3", "3.1.4-r2", "openssl", "3.19"), "by its origin", _0201=AFFECTED, _0202=NOT_AFFECTED
    ),
    _label(apk("libcrypto3", "3.1.4-r3", "openssl", "3.19"), "by its origin", _0201=FIXED),
    _label(apk("openssl", "3.1.4-r10", "openssl", "3.19"), "r10 is after r3", _0201=FIXED),
    _label(apk("chisel", "10.0_rc1-r0", "chisel", "3.19"), "a pre-release", _0203=AFFECTED),
    _label(apk("chisel", "10.0_p1-r0", "chisel", "3.19"), "a patch release", _0203=FIXED),
    _label(apk("chisel", "9.9-r0", "chisel", "3.19"), "9 is before 10", _0203=AFFECTED),
)
_RPM = (
    _label(rpm("curl", "7.87.0-2.amzn2023", "curl", "amzn-2023"), "a notice", _0401=AFFECTED),
    _label(rpm("curl", "7.88.1-1.amzn2023.0.1", "curl", "amzn-2023"), "a longer release", _0401=FIXED),
    _label(rpm("vise", "9.0-1.amzn2023", "vise", "amzn-2023"), "no epoch is before epoch 1", _0402=AFFECTED),
    _label(rpm("vise", "1:2.0-4.amzn2023", "vise", "amzn-2023"), "with its epoch", _0402=FIXED),
    _label(_red_hat("vise", "3.2-4.el9"), "fixed in a later release", _0403=AFFECTED),
    _label(_red_hat("vise", "3.2-5.el9_4"), "the fix itself", _0403=FIXED),
    _label(_red_hat("plane", "1.0-1.el9"), "the vendor's word", _0403=NOT_AFFECTED),
    _label(_red_hat("lathe", "1.0-1.el9"), "the vendor is still looking", _0403=UNDETERMINED),
)
_PYPI = (
    _label(Package("pypi", "", "rope", "2.30.0"), "two records of one flaw are one finding", _0301=AFFECTED),
    _label(Package("pypi", "", "rope", "2.31.0"), "the fix itself", _0301=FIXED),
    _label(Package("pypi", "", "rope", "2.31.0rc1"), "a pre-release of the fix", _0301=AFFECTED),
    _label(
        Package("pypi", "", "Tool_Kit", "1.0"),
        "spelled otherwise; withdrawn; introduced and fixed at once",
        _0302=AFFECTED,
        _0303=NOT_AFFECTED,
        _0304=NOT_AFFECTED,
    ),
    _label(Package("pypi", "", "tool.kit", "2.0.post1"), "after the fix", _0302=FIXED),
    _label(Package("pypi", "", "tool-kit", "of-our-own"), "no version of PEP 440", _0302=UNDETERMINED),
    _label(Package("pypi", "", "hinge", "1.0"), "the record names no versions", _0305=UNDETERMINED),
)
_SHIPPED = (
    _label(
        _owned("2.28.1", "debian-12", "deb/python3-rope 2.28.1+dfsg-1+deb12u1"),
        "its distribution mended it, and the distribution's feed is held",
        _0301=FIXED,
    ),
    _label(
        deb("python3-rope", "2.28.1+dfsg-1", "python-rope"), "the distribution's own finding", _0301=AFFECTED
    ),
    _label(
        _owned("2.28.1", "ubuntu-22.04", "deb/python3-rope 2.28.1-1"),
        "the distribution's feed is not held: the makers' word counts",
        _0301=AFFECTED,
    ),
)
_NPM = (
    _label(Package("npm", "", "spade", "1.10.0"), "10 is after 9", _0501=AFFECTED),
    _label(Package("npm", "", "spade", "2.0.0-beta.1"), "a pre-release of the fix", _0501=AFFECTED),
    _label(Package("npm", "", "spade", "2.0.0+build.7"), "build metadata is no order", _0501=FIXED),
    _label(Package("npm", "@other", "spade", "1.0.0"), "another scope", _0501=NOT_AFFECTED),
    _label(Package("npm", "", "spade", "3.0.0-rc.1"), "before what is introduced", _0502=NOT_AFFECTED),
    _label(Package("npm", "", "spade", "3.1.0"), "the last affected is affected", _0502=AFFECTED),
    _label(Package("npm", "", "spade", "3.1.1"), "after the last affected", _0502=FIXED),
)
_GO = (
    _label(_go("saw", "v0.16.0"), "with its v", _0601=AFFECTED),
    _label(_go("saw", "v0.17.0"), "the fix itself", _0601=FIXED),
    _label(_go("saw", "v0.17.0-rc.1"), "a pre-release of the fix", _0601=AFFECTED),
    _label(_go("saw", "v0.17.1-0.20260401000000-abcdefabcdef"), "a commit after the fix", _0601=FIXED),
    _label(_go("file", "v0.0.0-20260314234658-aaaaaaaaaaaa"), "a commit before the fix", _0602=AFFECTED),
    _label(_go("file", "v0.0.0-20260314234659-1baeb1ce4c0b"), "the commit of the fix", _0602=FIXED),
)

SMALL_LABELS: tuple[SmallLabel, ...] = (*_DPKG, *_APK, *_RPM, *_PYPI, *_SHIPPED, *_NPM, *_GO)
