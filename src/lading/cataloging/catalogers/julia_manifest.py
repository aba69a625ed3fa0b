"""Julia's manifest (pkgdocs.julialang.org, "Manifest.toml"): the state of an environment."""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, read_toml, reporting, table, tables

NAME = "julia"


def _read_manifest(_path: str, content: bytes) -> Iterator[Found]:
    """Packages stand below ``deps`` since version 2, at the top before. Julia's own have no version."""
    document = read_toml(content)
    for name, entries in (table(document, "deps") or document).items():
        for entry in tables(entries):
            if "uuid" in entry:
                yield from named("julia", name, entry.get("version"))


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/Manifest.toml", "**/JuliaManifest.toml"),
    parse=reporting(NAME, _read_manifest),
    declares=True,
)
