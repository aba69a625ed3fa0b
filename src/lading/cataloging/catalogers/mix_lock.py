"""Lock files of Elixir's Mix and Erlang's Rebar: terms in which packages of Hex have a name and a version."""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, read_text, reporting

NAME = "hex-lock"
_MIX = re.compile(
    r'^[ \t]*"[^"\n]+":[ \t]*\{:hex,\s*:"?(?P<name>[A-Za-z0-9_]+)"?,\s*"(?P<version>[^"\n]+)"', re.MULTILINE
)
_REBAR = re.compile(r'\{pkg,\s*<<"(?P<name>[^"\n]+)">>,\s*<<"(?P<version>[^"\n]+)">>')


def _read_lock(path: str, content: bytes) -> Iterator[Found]:
    pattern = _MIX if path.endswith("mix.lock") else _REBAR
    for found in pattern.finditer(read_text(content)):
        yield from named("hex", found["name"], found["version"])


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/mix.lock", "**/rebar.lock"),
    parse=reporting(NAME, _read_lock),
    max_bytes=8 << 20,
    declares=True,
)
