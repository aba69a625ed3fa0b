"""Container-Optimized OS: a list of packages in /etc (cloud.google.com, "Container-Optimized OS")."""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, read_json_object, reporting, tables

NAME = "cos"


def _read_list(_path: str, content: bytes) -> Iterator[Found]:
    """What was only needed to build the system is not in it."""
    for one in tables(read_json_object(content).get("installedPackages")):
        yield from named("cos", one.get("name"), one.get("version"), namespace=one.get("category", ""))


CATALOGER = Cataloger(name=NAME, reads=("etc/cos-package-info.json",), parse=reporting(NAME, _read_list))
