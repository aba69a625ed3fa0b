"""Composer: what is installed (vendor/composer/installed.json)."""

from collections.abc import Iterator

from lading.cataloging.asking import Asker, Scope, asker
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import (
    NotUnderstood,
    licenses_of,
    read_json,
    reporting,
    scoped,
    table,
    tables,
)

NAME = "composer"


def _read_installed(_path: str, content: bytes) -> Iterator[Found]:
    """A list of packages until Composer 1, an object that holds it since Composer 2."""
    document = read_json(content)
    for package in tables(document.get("packages") if isinstance(document, dict) else document):
        version = str(package.get("version") or "").removeprefix("v")
        yield from scoped(
            "composer", package.get("name"), version, licenses=licenses_of(package.get("license"))
        )


def _iter_asks(_path: str, content: bytes) -> Iterator[Asker]:
    """``require`` names packages, and platforms (``php``, ``ext-json``), which have no slash."""
    try:
        document = read_json(content)
    except NotUnderstood:
        return
    for package in tables(document.get("packages") if isinstance(document, dict) else document):
        version = str(package.get("version") or "").removeprefix("v")
        for found in scoped("composer", package.get("name"), version):
            yield asker(found, (name for name in table(package, "require") if "/" in name))


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/vendor/composer/installed.json",),
    parse=reporting(NAME, _read_installed),
    asks=_iter_asks,
    scope=Scope.FILE,
)
