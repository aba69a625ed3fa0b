"""What packages say that they need, as each format writes it: names, which an image may have answers to."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from lading.packages.package import Package


class Scope(StrEnum):
    """Where the packages are looked for that a name may mean."""

    SYSTEM = "system"  # all packages of this type in the image
    FOLDER = "folder"  # those described beside this one (site-packages), else all of this type
    NODE = "node"  # node_modules of this directory and of those above it
    FILE = "file"  # those in the same file


class Asker(msgspec.Struct, frozen=True, array_like=True):
    """One package, and what it asks for.

    ``needs`` are alternatives each, of which one is enough, the best first. ``provides`` are further names
    that this package answers to. Names are as ``key`` writes them; a version may follow after a space where
    exactly that one is meant.
    """

    type: str
    name: str
    version: str
    needs: tuple[tuple[str, ...], ...]
    provides: tuple[str, ...] = ()


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """All that one file says of what its packages need."""

    scope: Scope
    askers: tuple[Asker, ...]


def key(package: Package) -> str:
    """The name by which others of its type ask for a package: with its group or scope."""
    if package.type == "maven":
        return f"{package.namespace}:{package.name}"
    return f"{package.namespace}/{package.name}" if package.namespace else package.name


def asker(package: Package, needs: Iterable[str], *, provides: Iterable[str] = ()) -> Asker:
    """An asker whose needs have no alternatives."""
    single = tuple((need,) for need in dict.fromkeys(needs) if need)
    return Asker(package.type, key(package), package.version, single, tuple(dict.fromkeys(provides)))


_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?[^;]*(?:;(.*))?\Z", re.DOTALL)
_EXTRA = re.compile(r"\bextra\s*==")


def iter_python_needs(requirements: Iterable[object]) -> Iterator[str]:
    """Names out of dependency specifiers (PyPA, "Dependency specifiers"), without those of extras.

    Other markers are not evaluated: what was not installed because of one is not there to be found either.
    """
    for requirement in requirements:
        found = _REQUIREMENT.match(requirement) if isinstance(requirement, str) else None
        if found and not _EXTRA.search(found[2] or ""):
            yield re.sub(r"[-_.]+", "-", found[1]).lower()
