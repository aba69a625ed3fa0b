"""Lock files of npm, versions 1 to 3 (npm documentation, "package-lock.json").

Version 1 is a tree of ``dependencies`` by name. Since version 2 there is ``packages``, flat, by the path that
each is installed at; version 2 has both, and the flat one counts.
"""

from collections.abc import Iterator
from typing import Any

from lading.cataloging.asking import Asker, Scope, asker
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import (
    NotUnderstood,
    licenses_of,
    read_json_object,
    reporting,
    scoped,
    table,
)
from lading.packages.package import Package

NAME = "npm-lock"
_MAX_DEPTH = 64


def _read_lock(_path: str, content: bytes) -> Iterator[Found]:
    lock = read_json_object(content)
    if isinstance(lock.get("packages"), dict):
        yield from _iter_flat(lock["packages"])
    else:
        yield from _iter_tree(table(lock, "dependencies"))


def _iter_flat(packages: dict[str, Any]) -> Iterator[Found]:
    for place, package in packages.items():
        _, installed, own = place.rpartition("node_modules/")
        # What does not stand below node_modules is a folder of the project; a link leads to one.
        if installed and isinstance(package, dict) and not package.get("link"):
            name = package.get("name") or own  # a package under an alias says what it is
            yield from scoped(
                "npm", name, package.get("version"), licenses=licenses_of(package.get("license"))
            )


def _iter_tree(dependencies: dict[str, Any]) -> Iterator[Found]:
    pending = [(dependencies, 0)]
    while pending:
        level, depth = pending.pop()
        for name, package in level.items():
            version = table(package).get("version")
            if not isinstance(version, str):
                continue
            if version.startswith("npm:"):  # an alias
                name, _, version = version.removeprefix("npm:").rpartition("@")  # noqa: PLW2901
            if ":" not in version and "/" not in version:
                yield from scoped("npm", name, version)
            below = table(package, "dependencies")
            if below and depth < _MAX_DEPTH:
                pending.append((below, depth + 1))


def _iter_asks(_path: str, content: bytes) -> Iterator[Asker]:
    """Of the flat form alone, which every npm since 2020 writes: each name is looked up as Node would."""
    try:
        packages = table(read_json_object(content), "packages")
    except NotUnderstood:
        return
    at = dict(_iter_places(packages))
    for place, package in at.items():
        said = packages[place]
        names = (*table(said, "dependencies"), *table(said, "optionalDependencies"))
        found = (_look_up(at, place, name) for name in names)
        yield asker(package, (f"{_name(one)} {one.version}" for one in found if one is not None))


def _iter_places(packages: dict[str, Any]) -> Iterator[tuple[str, Package]]:
    for place, package in packages.items():
        for found in _iter_flat({place: package}):
            if isinstance(found, Package):
                yield place, found


def _look_up(at: dict[str, Package], place: str, name: str) -> Package | None:
    while True:
        found = at.get(f"{place}/node_modules/{name}" if place else f"node_modules/{name}")
        if found is not None or not place:
            return found
        place = place.rpartition("node_modules/")[0].rstrip("/")


def _name(package: Package) -> str:
    return f"{package.namespace}/{package.name}" if package.namespace else package.name


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/package-lock.json", "**/npm-shrinkwrap.json"),
    parse=reporting(NAME, _read_lock),
    declares=True,
    asks=_iter_asks,
    scope=Scope.FILE,
)
