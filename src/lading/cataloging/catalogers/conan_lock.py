"""Conan's lock files, versions 1 and 2 (docs.conan.io, "Lockfiles")."""

import re
from collections.abc import Iterator
from typing import Any

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, read_json_object, reporting, table, tables, texts

NAME = "conan-lock"
# name/version[@user/channel][#revision][:package][%time]
_REFERENCE = re.compile(r"(?P<name>[^/@#:%\s]+)/(?P<version>[^/@#:%\s]+)")


def _read_lock(_path: str, content: bytes) -> Iterator[Found]:
    for reference in _iter_references(read_json_object(content)):
        if found := _REFERENCE.match(reference):
            yield from named("conan", found["name"], found["version"])


def _iter_references(lock: dict[str, Any]) -> Iterator[str]:
    """Version 1 has a graph, in which the project itself has no path to its recipe."""
    for node in tables(table(lock, "graph_lock", "nodes")):
        if "path" not in node:
            yield from texts(node.get("ref") or node.get("pref"))
    for group in ("requires", "build_requires", "python_requires"):
        yield from texts(lock.get(group) or [])


CATALOGER = Cataloger(name=NAME, reads=("**/conan.lock",), parse=reporting(NAME, _read_lock), declares=True)
