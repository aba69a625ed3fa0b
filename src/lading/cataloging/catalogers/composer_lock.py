"""Composer's lock file (getcomposer.org, "composer.lock")."""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import licenses_of, read_json_object, reporting, scoped, tables

NAME = "composer-lock"


def _read_lock(_path: str, content: bytes) -> Iterator[Found]:
    lock = read_json_object(content)
    for group in ("packages", "packages-dev"):
        for package in tables(lock.get(group)):
            version = str(package.get("version") or "").removeprefix("v")
            yield from scoped(
                "composer", package.get("name"), version, licenses=licenses_of(package.get("license"))
            )


CATALOGER = Cataloger(
    name=NAME, reads=("**/composer.lock",), parse=reporting(NAME, _read_lock), declares=True
)
