"""Conda: a JSON record of each installed package (conda documentation, "conda-meta").

Python packages among them have a dist-info folder too, by which advisories of PyPI find them.
"""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, licenses_of, named, read_json_object, reporting

NAME = "conda"


def _read_record(_path: str, content: bytes) -> Iterator[Found]:
    record = read_json_object(content)
    found = named(
        "conda", record.get("name"), record.get("version"), licenses=licenses_of(record.get("license"))
    )
    if not found:
        raise NotUnderstood("it does not name a package and a version")
    yield from found


CATALOGER = Cataloger(name=NAME, reads=("**/conda-meta/*.json",), parse=reporting(NAME, _read_record))
