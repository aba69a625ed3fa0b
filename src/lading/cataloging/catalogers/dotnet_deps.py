""".NET applications: ``*.deps.json``, which the runtime reads to find an application's libraries."""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, named, read_json_object, reporting, table

NAME = "dotnet-deps"


def _read_dependencies(_path: str, content: bytes) -> Iterator[Found]:
    """``libraries`` are all that is used, by name and version; ``targets`` say the same for each platform."""
    document = read_json_object(content)
    if "libraries" not in document and "targets" not in document:
        raise NotUnderstood("it lists no libraries")
    keys = dict.fromkeys(table(document, "libraries"))
    for target in table(document, "targets").values():
        keys |= dict.fromkeys(table(target))
    for key in keys:
        name, _, version = key.partition("/")
        yield from named("nuget", name, version)


CATALOGER = Cataloger(name=NAME, reads=("**/*.deps.json",), parse=reporting(NAME, _read_dependencies))
