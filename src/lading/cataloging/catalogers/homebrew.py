"""Homebrew: a receipt in the folder of each installed formula and cask, whose path says what it is."""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, named, read_json_object, reporting

NAME = "homebrew"


def _read_receipt(path: str, content: bytes) -> Iterator[Found]:
    read_json_object(content)  # a receipt that is cut is the mark of an installation that is, too
    name, version = path.split("/")[-3:-1]
    found = named("brew", name, version)
    if not found:
        raise NotUnderstood("it does not stand in a folder of a formula and a version")
    yield from found


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/Cellar/*/*/INSTALL_RECEIPT.json",),
    parse=reporting(NAME, _read_receipt),
    max_bytes=4 << 20,
)
