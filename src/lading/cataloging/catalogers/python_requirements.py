"""Requirement files of pip (pip documentation, "Requirements File Format").

Only what is pinned by ``==`` is a package at a version; a range says what may be installed, not what is.
"""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, python_name, read_text, reporting

NAME = "python-requirements"
_PINNED = re.compile(
    r"\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*\(?\s*===?\s*"
    r"(?P<version>[A-Za-z0-9][A-Za-z0-9.!+_-]*)\s*\)?\s*(?:[;#].*|\s--?[A-Za-z].*)?\Z",
    re.DOTALL,
)


def _read_requirements(_path: str, content: bytes) -> Iterator[Found]:
    joined = re.sub(r"\\\n\s*", " ", read_text(content))
    for line in joined.split("\n"):
        found = _PINNED.match(re.sub(r"(?:^|\s)#.*", "", line))
        if found:
            yield from named("pypi", python_name(found["name"]), found["version"])


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/*requirements*.txt", "**/requirements/*.txt"),
    parse=reporting(NAME, _read_requirements),
    max_bytes=4 << 20,
    declares=True,
)
