"""Licences of Debian's packages: the copyright file of each (Debian Policy 12.5; DEP-5, "Machine-readable").

The database of packages has no licences. Files in the machine-readable format name them in fields; others
are texts, in which common licences and Debian's own copies of them are recognised.
"""

import re
from collections.abc import Iterator

from lading.cataloging.analysis import LicenseStatement
from lading.cataloging.cataloger import Cataloger, Found
from lading.packages.license_texts import MAX_TEXT, recognise_licenses

NAME = "dpkg-copyright"
_FORMAT = re.compile(r"\A\s*Format(?:-Specification)?:", re.IGNORECASE)
_FIELD = re.compile(r"^License:[ \t]*(\S[^\n]{0,200})", re.MULTILINE | re.IGNORECASE)
_COMMON = re.compile(r"/usr/share/common-licenses/([A-Za-z]+(?:-[0-9.]*[0-9])?)")
_MAX_LICENSES = 64


def parse_nothing(path: str, content: bytes) -> Iterator[Found]:  # noqa: ARG001 - the status file has the packages
    """Yield nothing: the package itself stands in the status file."""
    return iter(())


def read_copyright(path: str, content: bytes) -> LicenseStatement | None:
    """The licences that the file names, each once, in order."""
    text = content[: 4 * MAX_TEXT].decode("utf-8", "replace")
    if _FORMAT.match(text):
        found = [stated.strip() for stated in _FIELD.findall(text)]
    else:
        found = [*recognise_licenses(text), *_COMMON.findall(text)]
    licenses = tuple(dict.fromkeys(found))[:_MAX_LICENSES]
    return LicenseStatement(path, path.split("/")[-2], licenses) if licenses else None


CATALOGER = Cataloger(
    name=NAME,
    reads=("usr/share/doc/*/copyright",),
    parse=parse_nothing,
    max_bytes=8 << 20,
    licenses=read_copyright,
)
