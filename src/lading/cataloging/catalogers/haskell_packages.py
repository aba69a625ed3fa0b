"""Haskell's database of installed packages (Cabal, "InstalledPackageInfo"): a file of fields for each."""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.control_fields import iter_records
from lading.cataloging.documents import NotUnderstood, licenses_of, named, read_text, reporting

NAME = "haskell"


def _read_registration(_path: str, content: bytes) -> Iterator[Found]:
    fields = next(iter_records(read_text(content)), {})
    found = named(
        "hackage", fields.get("name"), fields.get("version"), licenses=licenses_of(fields.get("license"))
    )
    if not found:
        raise NotUnderstood("it does not name a package and a version")
    yield from found


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/package.conf.d/*.conf",),
    parse=reporting(NAME, _read_registration),
    max_bytes=4 << 20,
)
