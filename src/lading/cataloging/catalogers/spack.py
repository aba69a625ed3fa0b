"""Spack: the whole specification of what was built, in each installed package's folder."""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, read_json_object, reporting, table, tables

NAME = "spack"


def _read_specification(_path: str, content: bytes) -> Iterator[Found]:
    """All of its nodes are installed; those called external are the system's and not Spack's."""
    for node in tables(table(read_json_object(content), "spec").get("nodes")):
        if not node.get("external"):
            yield from named("spack", node.get("name"), node.get("version"))


CATALOGER = Cataloger(name=NAME, reads=("**/.spack/spec.json",), parse=reporting(NAME, _read_specification))
