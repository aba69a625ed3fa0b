"""Language packages that a package of the distribution ships: whose they are, and whose word counts for them.

Debian's python3-requests has a dist-info folder like any other, but Debian mends it in its own releases and
tells of it in its own advisories. So what one of its files describes is that package, and the makers'
advisories, which know nothing of back-ports, are not asked about it.

An image's author writes the package database too, and could plant a record that claims a vulnerable package.
So a claim is believed only where all of this holds; in every other case the makers are asked, which at worst
reports too much:

1. The same layer has the package's record, its list of files, and the file itself. What a later layer writes
   over the file is somebody else's.
2. The database has a digest of that file, and it is the file's.
3. Both are at one version, and so is the source that the package says it is built from. A package may
   bundle others (npm has hundreds), of which no vendor's advisory tells; and what pip or npm wrote over an
   owned file in the same layer is at another version.
4. Both have one name, but for the marks of distributions (``python3-``, ``lib…-perl``): the name under which
   the vendor's advisories would tell of it, which is that of the source, and for rpm that of the package too.
   Otherwise a record of a package that nobody ever tells of would hide anything.
5. In the image that comes of all layers the record still stands, still lists the file, and no file of the
   package is changed or missing.

What remains is a record forged for the same software at the same upstream version with a later release than
any that is mended, with digests to match. That is a forged version of a package of the system, like any other
in that database, and no reading of the image alone can tell.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from lading.cataloging.analysis import PackageSource
from lading.cataloging.distro import SYSTEM_PACKAGE_TYPES
from lading.cataloging.program_places import one_place
from lading.cataloging.recorded_file import RecordedFile
from lading.packages.package import Package

IsRecorded: TypeAlias = Callable[[str, RecordedFile], bool]
"""Whether the file at a path has the digest that is recorded."""

# purl types whose packages distributions repackage one by one. What is compiled into a program is not among
# them: hardly any vendor tells of a module that one of its programs was linked with.
_OWNABLE = frozenset({"cpan", "cran", "gem", "maven", "npm", "pypi"})

# How distributions mark that they changed what they took (developers-reference 6.7.8.2).
_REPACKED = re.compile(r"\+|[~.](?:dfsg|ds|repack)")

# How distributions mark what language a package is of, before and after its name.
_MARK_BEFORE = re.compile(
    r"(?:(?:python[0-9.]*|py[0-9]?|node(?:js)?|ruby(?:gem)?[0-9.]*|perl|r-cran|r-bioc|r)[-_]"
    r"|lib(?=.*-(?:perl|java)\Z))"
)
_MARK_AFTER = re.compile(r"-(?:perl|java|python[0-9.]*|ruby|js)\Z")
_JOINS = re.compile(r"[-_.@/+ ]+")


def with_owners(
    sources: Iterable[PackageSource], shipped: Iterable[RecordedFile], is_recorded: IsRecorded
) -> Iterator[PackageSource]:
    """Say of each package of one layer whose it is, by steps 1 to 4. ``shipped`` are files of packages."""
    all_sources = list(sources)
    owners: dict[str, list[Package]] = {}
    for source in all_sources:
        for package in source.packages:
            if package.type in SYSTEM_PACKAGE_TYPES:
                owners.setdefault(package.name, []).append(package)
    files: dict[str, RecordedFile] = {}
    for file in shipped:
        if file.digest or one_place(file.path) not in files:  # lists come beside digests
            files[one_place(file.path)] = file
    for source in all_sources:
        shipped_file = files.get(one_place(source.path))
        if shipped_file is None or not is_recorded(source.path, shipped_file):
            yield source
            continue
        candidates = owners.get(shipped_file.package, ())
        yield replace(source, packages=tuple(_owned(package, candidates) for package in source.packages))


def owner_name(package: Package) -> str:
    """How a package of the system is named where it owns another."""
    return f"{package.type}/{package.name} {package.version}"


def still_owned(owner: str, path: str, standing: Mapping[str, str], listed: Mapping[str, set[str]]) -> bool:
    """Step 5 for one file, without what became of the other files.

    ``standing`` are the packages of the system in the whole image: their names by ``owner_name``. ``listed``
    says which packages list a file, by ``one_place``.
    """
    name = standing.get(owner)
    return name is not None and name in listed.get(one_place(path), ())


def _owned(package: Package, candidates: Iterable[Package]) -> Package:
    if package.type not in _OWNABLE:
        return package
    for owner in candidates:
        if _is_repackaged(package, owner):
            return replace(package, owner=owner_name(owner))
    return package


def _is_repackaged(package: Package, owner: Package) -> bool:
    """Steps 3 and 4: whatever the vendor's advisories are looked up by is that of this package."""
    if not _is_same_version(package.version, owner.version):
        return False
    if not _is_same_version(package.version, owner.advisory_version):
        return False
    names = _names(package)
    if _bare(owner.advisory_name) not in names:
        return False
    return owner.type != "rpm" or _bare(owner.name) in names


def _names(package: Package) -> frozenset[str]:
    """What a package of a language is called when a distribution ships it."""
    return frozenset({_bare(package.name), _bare(f"{package.namespace}-{package.name}".strip("-@"))})


def _bare(name: str) -> str:
    """A name without the marks of its language, in one spelling."""
    lower = name.lower()
    before = _MARK_BEFORE.match(lower)
    without = _MARK_AFTER.sub("", lower[before.end() :] if before else lower)
    return _JOINS.sub("", without) or lower


def _is_same_version(version: str, packaged: str) -> bool:
    """``2.28.1`` is ``1:2.28.1+dfsg-1`` without epoch, release and the mark of repackaging."""
    upstream = packaged.partition(":")[2] or packaged
    upstream = upstream.rpartition("-")[0] or upstream
    if not version or not upstream.startswith(version):
        return False
    rest = upstream[len(version) :]
    return not rest or _REPACKED.match(rest) is not None
