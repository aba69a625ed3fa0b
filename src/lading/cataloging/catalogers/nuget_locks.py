"""NuGet: lock files, what a restore came to, packages.config, and Paket's lock."""

import re
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, read_json_object, read_text, reporting, table
from lading.cataloging.xml_tree import read_xml

NAME = "nuget-lock"
_PAKET = re.compile(r"    (?P<name>[^\s(]+) \((?P<version>[^\s)]+)\)")


def _read_lock(path: str, content: bytes) -> Iterator[Found]:
    if path.endswith("packages.config"):
        yield from _iter_config(content)
    elif path.endswith("paket.lock"):
        yield from _iter_paket(read_text(content))
    elif path.endswith("project.assets.json"):
        for key, library in table(read_json_object(content), "libraries").items():
            name, _, version = key.partition("/")
            if table(library).get("type") != "project":
                yield from named("nuget", name, version)
    else:
        for framework in table(read_json_object(content), "dependencies").values():
            for name, package in table(framework).items():
                yield from named("nuget", name, table(package).get("resolved"))


def _iter_config(content: bytes) -> Iterator[Found]:
    for package in read_xml(content).iter("package"):
        yield from named("nuget", package.attributes.get("id"), package.attributes.get("version"))


def _iter_paket(text: str) -> Iterator[Found]:
    inside = False
    for line in text.split("\n"):
        if line and not line[0].isspace():
            inside = line.strip() == "NUGET"
        elif inside and (found := _PAKET.match(line)):
            yield from named("nuget", found["name"], found["version"])


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/packages.lock.json", "**/packages.config", "**/project.assets.json", "**/paket.lock"),
    parse=reporting(NAME, _read_lock),
    declares=True,
)
