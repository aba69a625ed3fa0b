"""Lock files of Bun since 1.2 (bun.sh, "Lockfile"): JSON with commas at the ends of lists."""

import re
from collections.abc import Iterator

from lading.cataloging.analysis import Unreadable
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import read_json_object, reporting, scoped, table

NAME = "bun-lock"
# Strings as they are; a comma before a closing bracket, and comments, go.
_NO_JSON = re.compile(rb'("(?:[^"\\]|\\.)*+")|,(?=\s*[\]}])|//[^\n]*')
_LOCAL = re.compile(r"(?:workspace|link|file|root):")


def _read_lock(path: str, content: bytes) -> Iterator[Found]:
    lock = read_json_object(_NO_JSON.sub(lambda found: found[1] or b"", content))
    for package in table(lock, "packages").values():
        first = package[0] if isinstance(package, list) and package else None
        if not isinstance(first, str):
            yield Unreadable(path, NAME, "one of its packages has no name")
            continue
        name, _, version = first.rpartition("@") if "://" not in first else first.partition("@")
        if name and not _LOCAL.match(version) and ":" not in version and "#" not in version:
            yield from scoped("npm", name, version)


CATALOGER = Cataloger(name=NAME, reads=("**/bun.lock",), parse=reporting(NAME, _read_lock), declares=True)
