"""Bundler's lock file (bundler.io, "Gemfile.lock"): sections with specs, each indented by four."""

import re
from collections.abc import Iterator

from lading.cataloging.asking import Asker, Scope, asker
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, named, read_text, reporting
from lading.packages.package import Package

NAME = "gemfile-lock"
_SECTIONS = ("GEM", "GIT", "PATH", "PLUGIN SOURCE")
# "name (1.2.3)", or "name (1.2.3-x86_64-linux)" for a gem that was built for a platform.
_SPEC = re.compile(r"    (?P<name>[^\s(]+) \((?P<version>[^\s)-]+)(?:-[^)]*)?\)\Z")


_NEED = re.compile(r"      (?P<name>[^\s(!]+)")


def _read_lock(_path: str, content: bytes) -> Iterator[Found]:
    inside = False
    for line in read_text(content).split("\n"):
        if line and not line[0].isspace():
            inside = line.strip() in _SECTIONS
        elif inside and (found := _SPEC.match(line.rstrip())):
            yield from named("gem", found["name"], found["version"])


def _iter_asks(_path: str, content: bytes) -> Iterator[Asker]:
    """What a gem needs stands below its spec, indented by six."""
    try:
        text = read_text(content)
    except NotUnderstood:
        return
    needs: dict[Package, list[str]] = {}
    names: list[str] = []
    for line in text.split("\n"):
        if spec := _SPEC.match(line.rstrip()):
            names = []
            for package in named("gem", spec["name"], spec["version"]):
                names = needs.setdefault(package, [])
        elif need := _NEED.match(line):
            names.append(need["name"])
    for package, found in needs.items():
        yield asker(package, found)


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/Gemfile.lock", "**/gems.locked"),
    parse=reporting(NAME, _read_lock),
    max_bytes=8 << 20,
    declares=True,
    asks=_iter_asks,
    scope=Scope.FILE,
)
