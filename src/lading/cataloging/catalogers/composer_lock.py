"""Composer's lock file (getcomposer.org, "composer.lock")."""

from collections.abc import Iterator

from lading.cataloging.asking import Asker, Scope, asker
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import (
    NotUnderstood,
    licenses_of,
    read_json_object,
    reporting,
    scoped,
    table,
    tables,
)

NAME = "composer-lock"


def _read_lock(_path: str, content: bytes) -> Iterator[Found]:
    lock = read_json_object(content)
    for group in ("packages", "packages-dev"):
        for package in tables(lock.get(group)):
            version = str(package.get("version") or "").removeprefix("v")
            yield from scoped(
                "composer", package.get("name"), version, licenses=licenses_of(package.get("license"))
            )


def _iter_asks(_path: str, content: bytes) -> Iterator[Asker]:
    """``require`` names packages, and platforms (``php``, ``ext-json``), which have no slash."""
    try:
        lock = read_json_object(content)
    except NotUnderstood:
        return
    for group in ("packages", "packages-dev"):
        for package in tables(lock.get(group)):
            version = str(package.get("version") or "").removeprefix("v")
            for found in scoped("composer", package.get("name"), version):
                yield asker(found, (name for name in table(package, "require") if "/" in name))


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/composer.lock",),
    parse=reporting(NAME, _read_lock),
    declares=True,
    asks=_iter_asks,
    scope=Scope.FILE,
)
