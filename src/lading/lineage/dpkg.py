"""The database of dpkg: merging what an application installed into that of another base, and checking it.

1. Packages are records of ``var/lib/dpkg/status``, by name and architecture, sorted by name as dpkg writes.
2. What the application installed is added, if what it depends on is there in the versions that it needs, and
   nothing breaks or conflicts with it.
3. What the application upgraded stays as it made it, unless the new base has a newer one: its files would
   then hide newer ones.
4. A package's files are those that its records list, with the digests that they have (``dpkg --verify``).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lading.lineage.records_merge import (
    Merge,
    Merged,
    NoMerge,
    NotRecords,
    Records,
    field_of,
    parse_stanzas,
    write_stanzas,
)
from lading.packages.version_schemes import dpkg as versions

STATUS = "var/lib/dpkg/status"
INFO = "var/lib/dpkg/info"
_RELATION = re.compile(
    r"\s*([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([^)\s]+)\s*\))?\s*(?:\[.*\])?\s*\Z"
)
_INSTALLED = "install ok installed"


@dataclass(frozen=True, slots=True)
class DpkgPackage:
    """One installed package, as far as others depend on it."""

    key: str  # name:architecture
    name: str
    architecture: str
    version: str
    depends: str
    breaks: str
    provides: tuple[tuple[str, str], ...]  # name and version, empty for none

    @property
    def info_names(self) -> tuple[str, ...]:
        """How its files in ``info`` may be named, without their endings."""
        return (f"{self.name}:{self.architecture}", self.name)


def parse_status(content: bytes) -> Records:
    """Read the database by name and architecture. Raises NotRecords."""

    def key_of(stanza: bytes) -> str:
        name, architecture = field_of(stanza, b"Package"), field_of(stanza, b"Architecture")
        if not name:
            raise NotRecords("a record names no package")
        return f"{name}:{architecture}"

    return parse_stanzas(content, key_of)


def parse_named(content: bytes) -> Records:
    """debconf's databases: records by ``Name``."""
    return parse_stanzas(content, lambda stanza: field_of(stanza, b"Name"))


def parse_extended_states(content: bytes) -> Records:
    """apt's own marks: records by package and architecture."""
    return parse_stanzas(
        content, lambda stanza: f"{field_of(stanza, b'Package')}:{field_of(stanza, b'Architecture')}"
    )


def merge_status(old: bytes, app: bytes, new: bytes) -> Merge:
    """Rules 1 and 3."""
    try:
        before, mine, theirs = parse_status(old), parse_status(app), parse_status(new)
    except NotRecords as error:
        return NoMerge(str(error))
    result = dict(theirs)
    added: list[str] = []
    changed: list[str] = []
    for key, stanza in mine.items():
        if stanza == before.get(key):
            continue
        (changed if key in before else added).append(key)
        chosen = _chosen(key, stanza, before.get(key), theirs.get(key))
        if isinstance(chosen, NoMerge):
            return chosen
        result[key] = chosen
    removed = [key for key in before if key not in mine]
    for key in removed:
        if theirs.get(key, before[key]) != before[key]:
            return NoMerge(f"the application removed {key}, which the new base has in another version")
        result.pop(key, None)
    return Merged(write_sorted(result), tuple(added), tuple(removed), tuple(changed))


def _chosen(key: str, mine: bytes, before: bytes | None, theirs: bytes | None) -> bytes | NoMerge:
    """The record that is to stand for a package that the application added or changed."""
    if theirs is None:
        if before is None:
            return mine
        return NoMerge(f"the application changed {key}, which the new base no longer has")
    if theirs == before:
        return mine
    name = field_of(mine, b"Package")
    own, other = field_of(mine, b"Version"), field_of(theirs, b"Version")
    if field_of(mine, b"Status") != field_of(theirs, b"Status"):
        return NoMerge(f"{name} is {field_of(mine, b'Status')!r} here and not in the new base")
    if before is not None and own == field_of(before, b"Version"):
        return NoMerge(f"the application changed the record of {name}, and so did the new base")
    own_key, other_key = versions.DPKG.key(own), versions.DPKG.key(other)
    if own_key is None or other_key is None:
        return NoMerge(f"versions {own!r} and {other!r} of {name} cannot be compared")
    if other_key > own_key:
        hidden = "its files would be hidden"
        return NoMerge(f"the application brought {name} {own}, and the new base has {other}: {hidden}")
    return theirs if other_key == own_key else mine


def write_sorted(records: Mapping[str, bytes]) -> bytes:
    """As dpkg writes: by name, then by architecture."""
    ordered = sorted(records, key=lambda key: key.encode().split(b":", 1))
    return write_stanzas({key: records[key] for key in ordered})


def installed(records: Mapping[str, bytes]) -> dict[str, DpkgPackage]:
    """The packages that are installed."""
    return {
        key: _package(key, stanza)
        for key, stanza in records.items()
        if field_of(stanza, b"Status") == _INSTALLED
    }


def unmet(package: DpkgPackage, all_packages: Mapping[str, DpkgPackage]) -> Iterator[str]:
    """Rule 2: what a package needs that is not there, and what is there and may not be."""
    index = _index(all_packages)
    for group in filter(None, (part.strip() for part in package.depends.split(","))):
        if not any(_is_met(option, index) for option in group.split("|")):
            yield f"{package.name} {package.version} depends on {group}"
    for option in filter(None, (part.strip() for part in package.breaks.split(","))):
        hit = _hit(option, index, package)
        if hit:
            yield f"{package.name} {package.version} breaks or conflicts with {option}, and {hit} is there"


def broken_by(package: DpkgPackage, all_packages: Mapping[str, DpkgPackage]) -> Iterator[str]:
    """Which of the others break or conflict with a package."""
    index = _index({package.key: package})
    for other in all_packages.values():
        if other.key == package.key:
            continue
        for option in filter(None, (part.strip() for part in other.breaks.split(","))):
            if _hit(option, index, other):
                yield f"{other.name} {other.version} breaks or conflicts with {option}"


def listed_files(content: bytes) -> tuple[str, ...]:
    """The paths of ``info/NAME.list``, without the root."""
    paths = (line.strip("/") for line in content.decode("utf-8", "surrogateescape").split("\n"))
    return tuple(path for path in paths if path and path != ".")


def listed_digests(content: bytes) -> dict[str, str]:
    """The MD5 digests of ``info/NAME.md5sums``, by path."""
    found: dict[str, str] = {}
    for line in content.decode("utf-8", "surrogateescape").split("\n"):
        digest, _, path = line.partition("  ")
        if len(digest) == 32 and path:
            found[path.lstrip("/")] = digest
    return found


def _package(key: str, stanza: bytes) -> DpkgPackage:
    provides = []
    for part in filter(None, (each.strip() for each in field_of(stanza, b"Provides").split(","))):
        found = _RELATION.match(part)
        if found:
            provides.append((found[1], found[3] or ""))
    depends = ",".join(filter(None, (field_of(stanza, b"Pre-Depends"), field_of(stanza, b"Depends"))))
    breaks = ",".join(filter(None, (field_of(stanza, b"Breaks"), field_of(stanza, b"Conflicts"))))
    return DpkgPackage(
        key=key,
        name=field_of(stanza, b"Package"),
        architecture=field_of(stanza, b"Architecture"),
        version=field_of(stanza, b"Version"),
        depends=depends,
        breaks=breaks,
        provides=tuple(provides),
    )


_Index = dict[str, list[tuple[str, str]]]  # name to (version, key of the package that is or provides it)


def _index(packages: Mapping[str, DpkgPackage]) -> _Index:
    index: _Index = {}
    for package in packages.values():
        index.setdefault(package.name, []).append((package.version, package.key))
        for name, version in package.provides:
            index.setdefault(name, []).append((version, package.key))
    return index


def _is_met(option: str, index: _Index) -> bool:
    found = _RELATION.match(option)
    if found is None:
        return False
    name, relation, version = found.groups()
    held = index.get(name, ())
    return any(relation is None or _fits(have, relation, version) for have, _ in held)


def _hit(option: str, index: _Index, package: DpkgPackage) -> str:
    found = _RELATION.match(option)
    if found is None:
        return ""
    name, relation, version = found.groups()
    for have, key in index.get(name, ()):
        own = key == package.key or key.partition(":")[0] == package.name
        if not own and (relation is None or _fits(have, relation, version)):
            return f"{name} {have}".strip()
    return ""


def _fits(have: str, relation: str, wanted: str) -> bool:
    mine, theirs = versions.DPKG.key(have), versions.DPKG.key(wanted)
    if mine is None or theirs is None:
        return False
    return {
        "<<": mine < theirs,
        "<": mine <= theirs,  # the old way to write <=
        "<=": mine <= theirs,
        "=": mine == theirs,
        ">=": mine >= theirs,
        ">": mine >= theirs,
        ">>": mine > theirs,
    }[relation]
