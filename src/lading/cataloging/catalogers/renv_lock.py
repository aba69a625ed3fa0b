"""R's lock file (rstudio.github.io/renv)."""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import named, read_json_object, reporting, table, tables

NAME = "renv-lock"


def _read_lock(_path: str, content: bytes) -> Iterator[Found]:
    for package in tables(table(read_json_object(content), "Packages")):
        yield from named("cran", package.get("Package"), package.get("Version"))


CATALOGER = Cataloger(name=NAME, reads=("**/renv.lock",), parse=reporting(NAME, _read_lock), declares=True)
