"""Arch Linux's local database (pacman(8); libalpm, "local database"): a folder for each package."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace

from lading.cataloging.asking import Asker
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, named, read_text, reporting
from lading.cataloging.program_places import is_worth_owning
from lading.cataloging.recorded_file import RecordedFile, with_hex_digest

NAME = "pacman"


_MAX_UNPACKED = 64 << 20  # bytes; each path of the package is one line of some 100
_ESCAPE = re.compile(rb"\\([0-3][0-7]{2})")  # mtree(5): other bytes than printable ones, in octal
_DIGEST = re.compile(rb" sha256digest=([0-9a-f]{64})(?: |\Z)")


def _iter_owned(path: str, content: bytes) -> Iterator[RecordedFile]:
    """The folder is called after the package: ``name-version-release``."""
    package = path.rpartition("/")[0].rpartition("/")[2].rsplit("-", 2)[0]
    if path.endswith("/mtree"):
        yield from (file for file in _iter_recorded(path, content) if is_worth_owning(file.path))
    elif path.endswith("/files"):
        for line in content.decode("utf-8", "replace").split("\n"):
            if line[-1:] not in ("/", "%") and is_worth_owning(line):
                yield RecordedFile(line, package)


def _iter_recorded(path: str, content: bytes) -> Iterator[RecordedFile]:
    """``mtree`` is compressed by gzip. It names each file with its digest: ``./usr/bin/x sha256digest=…``."""
    if not path.endswith("/mtree"):
        return
    package = path.rpartition("/")[0].rpartition("/")[2].rsplit("-", 2)[0]
    unpacking = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacking.decompress(content, _MAX_UNPACKED)
    except zlib.error:
        return
    for line in unpacked.split(b"\n"):
        digest = _DIGEST.search(line)
        if line.startswith(b"./") and not line.startswith(b"./.") and digest is not None:
            file = _ESCAPE.sub(lambda octal: bytes([int(octal[1], 8)]), line[2:].partition(b" ")[0])
            yield with_hex_digest(file.decode("utf-8", "replace"), package, digest[1].decode())


def _read_sections(text: str) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    values: list[str] = []
    for line in text.split("\n"):
        if line.startswith("%") and line.endswith("%") and len(line) > 1:
            values = sections.setdefault(line.strip("%"), [])
        elif line.strip():
            values.append(line.strip())
    return sections


def _iter_asks(path: str, content: bytes) -> Iterator[Asker]:
    if not path.endswith("/desc"):
        return
    sections = _read_sections(content.decode("utf-8", "replace"))
    name, version = ((sections.get(key) or [""])[0] for key in ("NAME", "VERSION"))
    if name and version:
        needs = tuple((need,) for need in map(_bare, sections.get("DEPENDS", ())) if need)
        yield Asker("alpm", name, version, needs, tuple(map(_bare, sections.get("PROVIDES", ()))))


def _bare(relation: str) -> str:
    """``glibc>=2.38`` without the version."""
    return re.split("[<>=]", relation, maxsplit=1)[0]


def _read_description(path: str, content: bytes) -> Iterator[Found]:
    """Sections: a line ``%NAME%``, then lines of values, then an empty line."""
    if path.endswith(("/files", "/mtree")):
        return  # beside each description: the package's files, and their digests
    sections = _read_sections(read_text(content))
    name, version, arch, base = (
        (sections.get(key) or [""])[0] for key in ("NAME", "VERSION", "ARCH", "BASE")
    )
    found = named("alpm", name, version, licenses=tuple(sections.get("LICENSE", ())))
    if not found:
        raise NotUnderstood("it does not name a package and a version")
    yield replace(found[0], arch=arch, source_name=base or name, source_version=version)


CATALOGER = Cataloger(
    name=NAME,
    reads=(
        "var/lib/pacman/local/*/desc",
        "var/lib/pacman/local/*/files",
        "var/lib/pacman/local/*/mtree",
    ),
    parse=reporting(NAME, _read_description),
    owns=_iter_owned,
    records=_iter_recorded,
    asks=_iter_asks,
)
