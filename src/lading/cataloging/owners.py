"""Language packages that a package of the distribution ships: whose they are, and whose word counts for them.

Debian's python3-requests has a dist-info folder like any other, but Debian mends it in its own releases and
tells of it in its own advisories. So what one of its files describes is that package, and the makers'
advisories, which know nothing of back-ports, are not asked about it.

This is said only where it is sure:

- the same layer has the package's record, its list of files, and the file itself. What a later layer writes
  over the file is somebody else's.
- both are at one version. A package may bundle others (npm has hundreds), of which no vendor's advisory
  tells; and what pip or npm wrote over an owned file in the same layer is at another version.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from lading.cataloging.analysis import PackageSource
from lading.cataloging.distro import SYSTEM_PACKAGE_TYPES
from lading.cataloging.program_places import one_place
from lading.packages.package import Package

# purl types whose packages distributions repackage one by one. What is compiled into a program is not among
# them: hardly any vendor tells of a module that one of its programs was linked with.
_OWNABLE = frozenset({"cpan", "cran", "gem", "maven", "npm", "pypi"})

# How distributions mark that they changed what they took (developers-reference 6.7.8.2).
_REPACKED = re.compile(r"\+|[~.](?:dfsg|ds|repack)")


def with_owners(sources: Iterable[PackageSource], shipped: Mapping[str, str]) -> Iterator[PackageSource]:
    """Say of each package of one layer whose it is. ``shipped`` tells which package brought which file."""
    all_sources = list(sources)
    owners: dict[str, list[Package]] = {}
    for source in all_sources:
        for package in source.packages:
            if package.type in SYSTEM_PACKAGE_TYPES:
                owners.setdefault(package.name, []).append(package)
    names = {one_place(path): name for path, name in shipped.items()}
    for source in all_sources:
        candidates = owners.get(names.get(one_place(source.path), ""), ())
        packages = tuple(_owned(package, candidates) for package in source.packages)
        yield replace(source, packages=packages) if candidates else source


def _owned(package: Package, candidates: Iterable[Package]) -> Package:
    if package.type not in _OWNABLE:
        return package
    for owner in candidates:
        if _is_same_version(package.version, owner.version):
            return replace(package, owner=f"{owner.type}/{owner.name} {owner.version}")
    return package


def _is_same_version(version: str, packaged: str) -> bool:
    """``2.28.1`` is ``1:2.28.1+dfsg-1`` without epoch, release and the mark of repackaging."""
    upstream = packaged.partition(":")[2] or packaged
    upstream = upstream.rpartition("-")[0] or upstream
    if not version or not upstream.startswith(version):
        return False
    rest = upstream[len(version) :]
    return not rest or _REPACKED.match(rest) is not None
