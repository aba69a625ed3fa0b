"""Arch Linux's local database (pacman(8); libalpm, "local database"): a folder for each package."""

from collections.abc import Iterator
from dataclasses import replace

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, named, read_text, reporting
from lading.cataloging.program_places import is_worth_owning

NAME = "pacman"


def _iter_owned(path: str, content: bytes) -> Iterator[tuple[str, str]]:
    """The folder is called after the package: ``name-version-release``."""
    package = path.rpartition("/")[0].rpartition("/")[2].rsplit("-", 2)[0]
    lines = content.decode("utf-8", "replace").split("\n")
    return ((line, package) for line in lines if line[-1:] not in ("/", "%") and is_worth_owning(line))


def _read_description(path: str, content: bytes) -> Iterator[Found]:
    """Sections: a line ``%NAME%``, then lines of values, then an empty line."""
    if path.endswith("/files"):
        return  # beside each description: the package's files
    sections: dict[str, list[str]] = {}
    values: list[str] = []
    for line in read_text(content).split("\n"):
        if line.startswith("%") and line.endswith("%") and len(line) > 1:
            values = sections.setdefault(line.strip("%"), [])
        elif line.strip():
            values.append(line.strip())
    name, version, arch, base = (
        (sections.get(key) or [""])[0] for key in ("NAME", "VERSION", "ARCH", "BASE")
    )
    found = named("alpm", name, version, licenses=tuple(sections.get("LICENSE", ())))
    if not found:
        raise NotUnderstood("it does not name a package and a version")
    yield replace(found[0], arch=arch, source_name=base or name, source_version=version)


CATALOGER = Cataloger(
    name=NAME,
    reads=("var/lib/pacman/local/*/desc", "var/lib/pacman/local/*/files"),
    parse=reporting(NAME, _read_description),
    owns=_iter_owned,
)
