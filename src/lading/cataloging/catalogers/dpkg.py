"""Debian's package database (dpkg(1), "FILES"; deb822(5)), also in pieces as distroless images have it.

A package counts when its files are on the disk: that is every state from half-installed to installed. After
``apt-get remove`` only its configuration is left (``config-files``), and it does not count.
"""

import re
from collections.abc import Iterator

from lading.cataloging.analysis import Unreadable
from lading.cataloging.asking import Asker
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.control_fields import iter_records
from lading.packages.package import Package

NAME = "dpkg"
_FIELD = re.compile(
    rb"^(Package|Status|Version|Architecture|Source)[ \t]*:[ \t]*(.*?)\s*$", re.MULTILINE | re.IGNORECASE
)
_RECORD_END = re.compile(rb"\n(?:[ \t]*\n)+")
_PACKAGE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._\-]*\Z")  # deb-control(5); old ones have capitals
_VERSION = re.compile(r"[A-Za-z0-9.+~:\-_]+\Z")
_SOURCE = re.compile(r"(\S+)(?:\s+\((\S+)\))?\Z")
_RELATION = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9+._\-]*)")
_ABSENT = frozenset({"config-files", "not-installed"})


def parse_status(path: str, content: bytes) -> Iterator[Found]:
    """Yield one package for each record; what is not a package record is Unreadable."""
    if path.endswith(".md5sums"):
        return  # beside each record in status.d: digests of the package's files
    for number, record in enumerate(_RECORD_END.split(content.replace(b"\r\n", b"\n")), start=1):
        if record.strip():
            found = _parse_record(path, record, number)
            if found is not None:
                yield found
    if content and not content.endswith(b"\n"):
        yield Unreadable(path, NAME, "it ends in the middle of a line")


def _parse_record(path: str, record: bytes, number: int) -> Found | None:
    fields = {
        name.lower(): value.decode("utf-8", "replace") for name, value in reversed(_FIELD.findall(record))
    }
    state = fields.get(b"status", "").split()
    if state and state[-1] in _ABSENT:
        return None
    name, version = fields.get(b"package", ""), fields.get(b"version", "")
    source = _SOURCE.match(fields.get(b"source", "") or name)
    if not (_PACKAGE_NAME.match(name) and _VERSION.match(version) and source):
        return Unreadable(path, NAME, f"record {number} does not name a package and a version")
    return Package(
        type="deb",
        namespace="",
        name=name,
        version=version,
        arch=fields.get(b"architecture", ""),
        source_name=source[1],
        source_version=source[2] or version,
    )


def iter_asks(path: str, content: bytes) -> Iterator[Asker]:
    """Yield what packages depend on and provide (deb-control(5), "Depends"); not what they recommend."""
    if path.endswith(".md5sums"):
        return
    for fields in iter_records(content.replace(b"\r\n", b"\n").decode("utf-8", "replace")):
        state = fields.get("status", "").split()
        name, version = fields.get("package"), fields.get("version")
        if (state and state[-1] in _ABSENT) or not name or not version:
            continue
        needs = [
            *_relations(fields.get("pre-depends", "")),
            *_relations(fields.get("depends", "")),
        ]
        provides = [name for names in _relations(fields.get("provides", "")) for name in names]
        yield Asker("deb", name, version, tuple(needs), tuple(provides))


def _relations(text: str) -> Iterator[tuple[str, ...]]:
    """``a (>= 1), b:any | c``: a comma parts needs, a bar alternatives."""
    for need in text.split(","):
        names = tuple(found[1] for part in need.split("|") if (found := _RELATION.match(part)))
        if names:
            yield names


CATALOGER = Cataloger(
    name=NAME,
    reads=("var/lib/dpkg/status", "var/lib/dpkg/status.d/*"),
    parse=parse_status,
    asks=iter_asks,
)
