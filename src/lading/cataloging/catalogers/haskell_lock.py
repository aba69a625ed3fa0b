"""Haskell: what Cabal froze and what Stack locked."""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, read_text, reporting

NAME = "haskell-lock"
_FROZEN = re.compile(r"(?<![A-Za-z0-9-])(?P<name>[A-Za-z0-9-]+) ==(?P<version>[0-9][0-9.]*)")
_LOCKED = re.compile(
    r"^[ \t]+hackage: (?P<name>[A-Za-z0-9-]{1,200}?)-(?P<version>[0-9][0-9.]*)@", re.MULTILINE
)


def _read_lock(path: str, content: bytes) -> Iterator[Found]:
    pattern = _LOCKED if path.endswith(".yaml.lock") else _FROZEN
    for found in pattern.finditer(read_text(content)):
        yield from named("hackage", found["name"], found["version"])


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/cabal.project.freeze", "**/stack.yaml.lock"),
    parse=reporting(NAME, _read_lock),
    max_bytes=8 << 20,
    declares=True,
)
