"""Gentoo's database of installed packages (portage(5), /var/db/pkg): a folder with small files for each."""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, named, read_text, reporting

NAME = "portage"
# Package Manager Specification 8, sections 3.1.2 and 3.2: a name never ends in what looks like a version.
_PACKAGE = re.compile(
    r"(?P<name>[A-Za-z0-9+_][A-Za-z0-9+_-]*?)"
    r"-(?P<version>[0-9]+(?:\.[0-9]+)*[a-z]?(?:_(?:alpha|beta|pre|rc|p)[0-9]*)*(?:-r[0-9]+)?)\Z"
)


def _read_package(path: str, content: bytes) -> Iterator[Found]:
    """``PF`` holds name and version with revision; the category is the name of the folder above."""
    found = _PACKAGE.match(read_text(content).strip())
    if found is None:
        raise NotUnderstood("it does not name a package and a version")
    yield from named("ebuild", found["name"], found["version"], namespace=path.split("/")[-3])


CATALOGER = Cataloger(name=NAME, reads=("var/db/pkg/*/*/PF",), parse=reporting(NAME, _read_package))
