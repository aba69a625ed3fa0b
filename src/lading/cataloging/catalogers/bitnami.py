"""Bitnami's images: an SPDX document beside each component that they install under /opt/bitnami."""

from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import licenses_of, named, read_json_object, reporting, tables
from lading.foundation.errors import Malformed
from lading.packages.purl import parse_package_url

NAME = "bitnami"
_UNKNOWN_LICENSES = frozenset({"NONE", "NOASSERTION"})


def _read_document(_path: str, content: bytes) -> Iterator[Found]:
    """Packages are named by purl, in SPDX's external references."""
    for package in tables(read_json_object(content).get("packages")):
        stated = [
            text for text in licenses_of(package.get("licenseDeclared")) if text not in _UNKNOWN_LICENSES
        ]
        for reference in tables(package.get("externalRefs")):
            if reference.get("referenceType") != "purl":
                continue
            try:
                meant = parse_package_url(str(reference.get("referenceLocator")))
            except Malformed:
                continue
            if meant.type == "bitnami":  # others are of another cataloger, which reads the thing itself
                yield from named("bitnami", meant.name, meant.version, licenses=tuple(stated))


CATALOGER = Cataloger(
    name=NAME, reads=("opt/bitnami/**/.spdx-*.spdx",), parse=reporting(NAME, _read_document)
)
