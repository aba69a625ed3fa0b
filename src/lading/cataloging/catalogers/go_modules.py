"""Go modules by what a source tree says: go.mod, and vendor/modules.txt (go.dev/ref/mod).

go.sum is not read: it has the digests of versions that were once looked at and are in no build.
"""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, read_text, reporting

NAME = "go-modules"
_BLOCK = re.compile(r"(require|replace|exclude|retract|tool|ignore|godebug)\s*\(\s*\Z")
_REPLACED = re.compile(
    r"(?P<old>\S+)(?:\s+(?P<old_version>v\S+))?\s*=>\s*(?P<new>\S+)(?:\s+(?P<new_version>v\S+))?\Z"
)
_TOOLCHAIN = re.compile(r"(?:go|toolchain)\s+(?:go)?(?P<version>[0-9][0-9a-z.]*)")


def _read_modules(path: str, content: bytes) -> Iterator[Found]:
    text = read_text(content)
    yield from _iter_vendored(text) if path.endswith("modules.txt") else _iter_required(text)


def _iter_required(text: str) -> Iterator[Found]:
    required: list[tuple[str, str]] = []
    replaced: dict[tuple[str, str], tuple[str, str]] = {}
    block = ""
    for raw in text.split("\n"):
        line = raw.partition("//")[0].strip()
        if opening := _BLOCK.match(line):
            block = opening[1]
            continue
        if line == ")":
            block = ""
            continue
        verb, rest = (block, line) if block else (line.partition(" ")[0], line.partition(" ")[2].strip())
        if verb == "require" and len(fields := rest.replace('"', "").split()) == 2:
            required.append((fields[0], fields[1]))
        elif verb == "replace" and (found := _REPLACED.match(rest.replace('"', ""))):
            replaced[found["old"], found["old_version"] or ""] = found["new"], found["new_version"] or ""
    for module, version in required:
        yield from _module(
            *(replaced.get((module, version)) or replaced.get((module, "")) or (module, version))
        )


def _iter_vendored(text: str) -> Iterator[Found]:
    for line in text.split("\n"):
        if not line.startswith("# "):
            continue
        module, arrow, new = line[2:].partition(" => ")
        fields = (new if arrow and not new.startswith(".") else module).split()
        if len(fields) == 2:
            yield from _module(fields[0], fields[1])


def _module(path: str, version: str) -> Iterator[Found]:
    """A module; none for a folder that takes the place of one."""
    if path.startswith((".", "/")) or not version.startswith("v"):
        return
    namespace, _, name = path.rstrip("/").rpartition("/")
    yield from named("golang", name, version, namespace=namespace)


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/go.mod", "**/vendor/modules.txt"),
    parse=reporting(NAME, _read_modules),
    max_bytes=8 << 20,
    declares=True,
)
