"""vcpkg's database of installed libraries (learn.microsoft.com/vcpkg): records as dpkg has them."""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.control_fields import iter_records
from lading.cataloging.documents import named, read_text, reporting

NAME = "vcpkg"


def _read_status(_path: str, content: bytes) -> Iterator[Found]:
    """A record with ``Feature`` is a part of a library that has a record of its own."""
    for record in iter_records(read_text(content)):
        if "feature" not in record and record.get("status", "").endswith(" installed"):
            version, port = record.get("version"), record.get("port-version", "0")
            if version and port != "0":
                version = f"{version}#{port}"
            yield from named("vcpkg", record.get("package"), version)


CATALOGER = Cataloger(name=NAME, reads=("**/vcpkg/status",), parse=reporting(NAME, _read_status))
