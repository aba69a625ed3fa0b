"""Composer: what is installed (vendor/composer/installed.json)."""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import licenses_of, read_json, reporting, scoped, tables

NAME = "composer"


def _read_installed(_path: str, content: bytes) -> Iterator[Found]:
    """A list of packages until Composer 1, an object that holds it since Composer 2."""
    document = read_json(content)
    for package in tables(document.get("packages") if isinstance(document, dict) else document):
        version = str(package.get("version") or "").removeprefix("v")
        yield from scoped(
            "composer", package.get("name"), version, licenses=licenses_of(package.get("license"))
        )


CATALOGER = Cataloger(
    name=NAME, reads=("**/vendor/composer/installed.json",), parse=reporting(NAME, _read_installed)
)
