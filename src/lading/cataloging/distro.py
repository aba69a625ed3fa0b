"""The operating system of an image: reading os-release, and placing packages on a distribution.

A deb, apk or rpm means different code on different distributions at the same version, so its distribution is
part of what it is. But a layer often holds a package database and not the os-release file, which a layer
below it has. So packages are found without one, and are placed when the image is known.
"""

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from lading.cataloging.analysis import Distro, ImageContents, LayerAnalysis, OsRelease
from lading.packages.package import Package

# Where systems say what they are, in the order in which they are believed (os-release(5), "DESCRIPTION"; the
# last three are of systems from before it).
RELEASE_PATHS = (
    "etc/os-release",
    "usr/lib/os-release",
    "etc/system-release-cpe",
    "etc/redhat-release",
    "etc/centos-release",
)
MAX_RELEASE_BYTES = 64 << 10
VARIANT = ";"  # in ``placed_on``, where an image disbelieves some owners

_ASSIGNMENT = re.compile(r"([A-Z0-9_]+)=(.*)\Z", re.DOTALL)
_ID = re.compile(r"[a-z0-9._-]+\Z")  # os-release(5), "ID="
_VERSION_ID = re.compile(r"[A-Za-z0-9._~+-]*\Z")  # the manual has lower case only; distributions do not
_RED_HAT = re.compile(r"(.+?)(?: Linux)? release ([0-9.]+)")
_RED_HAT_IDS = {
    "almalinux": "almalinux",
    "centos": "centos",
    "centos stream": "centos",
    "fedora": "fedora",
    "oracle linux server": "ol",
    "red hat enterprise": "rhel",
    "red hat enterprise linux server": "rhel",
    "rocky": "rocky",
    "scientific": "scientific",
}
# Vendors whose purl namespace is not their os-release ID (purl-spec, "rpm").
_NAMESPACES = {"rhel": "redhat"}

# purl types of packages that belong to the distribution (purl-spec, "types").
SYSTEM_PACKAGE_TYPES = frozenset({"alpm", "apk", "deb", "rpm"})


def parse_release(path: str, content: bytes) -> Distro | None:
    """Read one of ``RELEASE_PATHS``; None where it does not name a system."""
    text = content.decode("utf-8", "replace")
    if path.endswith("/os-release"):
        return _parse_os_release(text)
    if path.endswith("-cpe"):
        return _parse_cpe(text)
    return _parse_red_hat(text)


def believed(releases: Iterable[OsRelease]) -> Distro | None:
    """What the system is, out of all that its files say: the first of ``RELEASE_PATHS`` that there is."""
    by_path = {release.path: release.distro for release in releases}
    return next((by_path[path] for path in RELEASE_PATHS if path in by_path), None)


def _parse_os_release(text: str) -> Distro | None:
    values: dict[str, str] = {}
    for line in text.splitlines():
        assignment = _ASSIGNMENT.match(line.strip())
        if assignment:
            values[assignment[1]] = _unquote(assignment[2])
    system = values.get("ID", "").lower()
    version = values.get("VERSION_ID", "")
    if not _ID.match(system) or not _VERSION_ID.match(version):
        return None
    return Distro(
        id=system,
        version_id=version,
        name=values.get("PRETTY_NAME") or values.get("NAME") or system,
        id_like=tuple(part for part in values.get("ID_LIKE", "").lower().split() if _ID.match(part)),
    )


def _unquote(value: str) -> str:
    """Undo what a shell would: one pair of quotes, and a backslash before what it protects."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return re.sub(r"\\([\"'$`\\])", r"\1", value)


def _parse_cpe(text: str) -> Distro | None:
    """``cpe:/o:centos:linux:6:GA`` (CPE 2.2 URI binding)."""
    parts = text.strip().split(":")
    if len(parts) < 5 or not _ID.match(parts[2]) or not _VERSION_ID.match(parts[4]):
        return None
    system = {"redhat": "rhel", "oracle": "ol"}.get(parts[2], parts[2])
    return Distro(id=system, version_id=parts[4], name=f"{parts[2]} {parts[4]}")


def _parse_red_hat(text: str) -> Distro | None:
    """``CentOS release 5.7 (Final)``."""
    line = text.strip().partition("\n")[0]
    release = _RED_HAT.match(line)
    system = _RED_HAT_IDS.get(release[1].lower()) if release else None
    if release is None or system is None:
        return None
    return Distro(id=system, version_id=release[2], name=line)


def place(package: Package, distro: Distro | None) -> Package:
    """Give a package of an operating system its namespace and distribution; leave all others as they are.

    One that such a package ships gets the distribution too, and keeps the name that it has.

    Without a distribution it has neither, whatever another image has made of its layer: advisories of no
    vendor apply to it for sure.
    """
    if package.owner:  # judged by that distribution's advisories, where it is known
        return replace(package, distro=distro.key if distro else "")
    if package.type not in SYSTEM_PACKAGE_TYPES:
        return package
    if distro is None:
        return replace(package, namespace="", distro="") if package.distro else package
    return replace(package, namespace=_NAMESPACES.get(distro.id, distro.id), distro=distro.key)


def placements(contents: ImageContents, layers: Iterable[int]) -> dict[int, str]:
    """What ``placed_on`` is of each layer of an image: its distribution, and which owners it disbelieves.

    The second part keeps such a reading apart from that of all other images with the layer. No key of a
    distribution has a semicolon in it.
    """
    key = contents.distro.key if contents.distro else ""
    return {layer: key + _variant(_disowned_in(contents, layer)) for layer in layers}


def _disowned_in(contents: ImageContents, layer: int) -> frozenset[str]:
    return frozenset(path for number, path in contents.disowned if number == layer)


def _variant(disowned: Collection[str]) -> str:
    if not disowned:
        return ""
    paths = "\n".join(sorted(disowned)).encode("utf-8", "surrogateescape")
    return f"{VARIANT}{hashlib.sha256(paths).hexdigest()[:16]}"


def disown_layer(placed: LayerAnalysis, contents: ImageContents, layer: int) -> LayerAnalysis:
    """A layer as it is in an image that does not believe what it says of the owners of some sources."""
    disowned = _disowned_in(contents, layer)
    if not disowned:
        return placed
    sources = tuple(
        replace(source, packages=tuple(map(disown, source.packages))) if source.path in disowned else source
        for source in placed.sources
    )
    return replace(placed, sources=sources, placed_on=placements(contents, (layer,))[layer])


def disown(package: Package) -> Package:
    """A package of a language as its makers' own."""
    return replace(package, owner="", distro="") if package.owner else package


def place_layer(analysis: LayerAnalysis, distro: Distro | None) -> LayerAnalysis:
    """Place every package of a layer, as ``place`` does, and say so in ``placed_on``.

    A layer without packages of an operating system is the same on every distribution and comes back as it
    is, so that it stays shared by images of all of them.
    """
    key = distro.key if distro else ""
    if analysis.placed_on == key or not any(
        package.type in SYSTEM_PACKAGE_TYPES for source in analysis.sources for package in source.packages
    ):
        return analysis
    sources = tuple(
        replace(source, packages=tuple(place(package, distro) for package in source.packages))
        for source in analysis.sources
    )
    return replace(analysis, sources=sources, placed_on=key)
