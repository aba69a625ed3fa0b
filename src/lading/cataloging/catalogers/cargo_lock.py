"""Cargo's lock file (The Cargo Book, "Cargo.toml vs Cargo.lock")."""

from collections.abc import Iterator

from lading.cataloging.asking import Asker, Scope, asker
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, named, read_toml, reporting, tables, texts

NAME = "cargo-lock"


def _read_lock(_path: str, content: bytes) -> Iterator[Found]:
    """A package without a source is a folder of the project, and named all the same: others use it."""
    packages = read_toml(content).get("package", [])
    if not isinstance(packages, list):
        raise NotUnderstood("its packages are no list")
    for package in tables(packages):
        yield from named("cargo", package.get("name"), package.get("version"))


def _iter_asks(_path: str, content: bytes) -> Iterator[Asker]:
    """``dependencies`` are ``name``, ``name version`` or ``name version (source)``, as far as needed."""
    try:
        packages = read_toml(content).get("package", [])
    except NotUnderstood:
        return
    for package in tables(packages):
        for found in named("cargo", package.get("name"), package.get("version")):
            yield asker(found, (need.partition(" (")[0] for need in texts(package.get("dependencies"))))


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/Cargo.lock",),
    parse=reporting(NAME, _read_lock),
    declares=True,
    asks=_iter_asks,
    scope=Scope.FILE,
)
