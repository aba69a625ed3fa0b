"""R: the DESCRIPTION of each package in a library (Writing R Extensions, 1.1.1)."""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.control_fields import iter_records
from lading.cataloging.documents import licenses_of, named, reporting

NAME = "r"


def _read_description(_path: str, content: bytes) -> Iterator[Found]:
    """``Built`` is in it once a package is installed; others are sources that stand around."""
    fields = next(iter_records(content.decode("utf-8", "replace").replace("\r\n", "\n")), {})
    if "built" in fields:
        yield from named(
            "cran", fields.get("package"), fields.get("version"), licenses=licenses_of(fields.get("license"))
        )


CATALOGER = Cataloger(
    name=NAME, reads=("**/DESCRIPTION",), parse=reporting(NAME, _read_description), max_bytes=1 << 20
)
