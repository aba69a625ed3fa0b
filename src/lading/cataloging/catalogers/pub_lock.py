"""Dart's and Flutter's lock file (dart.dev, "pubspec.lock")."""

from collections.abc import Iterator

from lading.cataloging.block_yaml import read_block_yaml
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, reporting, table

NAME = "pub-lock"


def _read_lock(_path: str, content: bytes) -> Iterator[Found]:
    for name, package in table(read_block_yaml(content), "packages").items():
        yield from named("pub", name, table(package).get("version"))


CATALOGER = Cataloger(name=NAME, reads=("**/pubspec.lock",), parse=reporting(NAME, _read_lock), declares=True)
