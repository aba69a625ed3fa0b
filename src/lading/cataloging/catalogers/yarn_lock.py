"""Lock files of Yarn: version 1, a format of its own, and berry (2 and later), YAML."""

import re
from collections.abc import Iterator

from lading.cataloging.block_yaml import read_block_yaml
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import read_text, reporting, scoped, table

NAME = "yarn-lock"
# A pattern like "@scope/name@npm:other@^1.0": the name ends at the first "@" that does not begin it.
_PATTERN = re.compile(r'"?(?P<name>@?[^@":,]+)(?:@|:|\Z)(?:npm:(?P<alias>@?[^@",]+)@)?')
_VERSION = re.compile(r'  "?version"?:? "?(?P<version>[^"\s]+)"?\s*\Z')
_LOCAL = re.compile(r"(?:link|portal|workspace|file|exec):")


def _read_lock(_path: str, content: bytes) -> Iterator[Found]:
    if re.search(rb"^__metadata:", content, re.MULTILINE):
        yield from _iter_berry(content)
    else:
        yield from _iter_first(read_text(content))


def _iter_berry(content: bytes) -> Iterator[Found]:
    """``resolution`` says what a package is, whatever name it goes by."""
    for key, package in table(read_block_yaml(content)).items():
        if key == "__metadata":
            continue
        resolution = str(table(package).get("resolution") or key)
        pattern = _PATTERN.match(resolution)
        if pattern and not _LOCAL.match(resolution[pattern.end("name") + 1 :]):
            yield from scoped("npm", pattern["alias"] or pattern["name"], table(package).get("version"))


def _iter_first(text: str) -> Iterator[Found]:
    """A line of patterns that ends in a colon, then indented fields."""
    pattern: re.Match[str] | None = None
    for line in text.split("\n"):
        if line and not line[0].isspace() and not line.startswith("#"):
            pattern = _PATTERN.match(line) if line.endswith(":") else None
            continue
        version = _VERSION.match(line) if pattern else None
        if pattern and version:
            yield from scoped("npm", pattern["alias"] or pattern["name"], version["version"])
            pattern = None


CATALOGER = Cataloger(
    name=NAME, reads=("**/yarn.lock",), parse=reporting(NAME, _read_lock), max_bytes=32 << 20, declares=True
)
