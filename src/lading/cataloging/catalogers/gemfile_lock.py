"""Bundler's lock file (bundler.io, "Gemfile.lock"): sections with specs, each indented by four."""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, read_text, reporting

NAME = "gemfile-lock"
_SECTIONS = ("GEM", "GIT", "PATH", "PLUGIN SOURCE")
# "name (1.2.3)", or "name (1.2.3-x86_64-linux)" for a gem that was built for a platform.
_SPEC = re.compile(r"    (?P<name>[^\s(]+) \((?P<version>[^\s)-]+)(?:-[^)]*)?\)\Z")


def _read_lock(_path: str, content: bytes) -> Iterator[Found]:
    inside = False
    for line in read_text(content).split("\n"):
        if line and not line[0].isspace():
            inside = line.strip() in _SECTIONS
        elif inside and (found := _SPEC.match(line.rstrip())):
            yield from named("gem", found["name"], found["version"])


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/Gemfile.lock", "**/gems.locked"),
    parse=reporting(NAME, _read_lock),
    max_bytes=8 << 20,
    declares=True,
)
