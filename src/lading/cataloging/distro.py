"""The operating system of an image: reading os-release, and placing packages on a distribution.

A deb, apk or rpm means different code on different distributions at the same version, so its distribution is
part of what it is. But a layer often holds a package database and not the os-release file, which a layer
below it has. So packages are found without one, and are placed when the image is known.
"""

from dataclasses import replace

from lading.cataloging.analysis import Distro, LayerAnalysis
from lading.packages.package import Package

# purl types of packages that belong to the distribution (purl-spec, "types").
SYSTEM_PACKAGE_TYPES = frozenset({"alpm", "apk", "deb", "rpm"})


def place(package: Package, distro: Distro | None) -> Package:
    """Give a package of an operating system its namespace and distribution; leave all others as they are.

    Without a distribution it stays as it is, which is an answer too: advisories of no vendor apply for sure.
    """
    if distro is None or package.type not in SYSTEM_PACKAGE_TYPES:
        return package
    return replace(package, namespace=distro.id, distro=distro.key)


def place_layer(analysis: LayerAnalysis, distro: Distro | None) -> LayerAnalysis:
    """Place every package of a layer, as ``place`` does, and say so in ``placed_on``.

    A layer without packages of an operating system is the same on every distribution and comes back as it
    is, so that it stays shared by images of all of them.
    """
    if distro is None or not any(
        package.type in SYSTEM_PACKAGE_TYPES for source in analysis.sources for package in source.packages
    ):
        return analysis
    sources = tuple(
        replace(source, packages=tuple(place(package, distro) for package in source.packages))
        for source in analysis.sources
    )
    return replace(analysis, sources=sources, placed_on=distro.key)
