"""Lock files of Deno, versions 2 to 5 (docs.deno.com, "Integrity checking and lock files"): npm's packages.

Packages of JSR have no purl type and no advisories of their own, and are named as npm sees them (``@jsr``).
"""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import read_json_object, reporting, scoped, table

NAME = "deno-lock"
_KEY = re.compile(r"(?P<name>(?:@[^/@]+/)?[^/@]+)@(?P<version>[^_@]+)")  # what follows "_" are peers


def _read_lock(_path: str, content: bytes) -> Iterator[Found]:
    lock = read_json_object(content)
    older = table(lock, "npm", "packages") or table(lock, "packages", "npm")
    for key in older or table(lock, "npm"):
        if found := _KEY.match(key):
            yield from scoped("npm", found["name"], found["version"])
    for key in table(lock, "jsr") or table(lock, "packages", "jsr"):
        if found := _KEY.match(key):
            scope, _, name = found["name"].removeprefix("@").partition("/")
            yield from scoped("npm", f"@jsr/{scope}__{name}", found["version"])


CATALOGER = Cataloger(name=NAME, reads=("**/deno.lock",), parse=reporting(NAME, _read_lock), declares=True)
