"""OpenWrt's and Yocto's package database (opkg): records as dpkg has them, in other places."""

from collections.abc import Iterator
from dataclasses import replace

from lading.cataloging.analysis import Unreadable
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.control_fields import iter_records
from lading.cataloging.documents import NotUnderstood, licenses_of, named, read_text, reporting

NAME = "opkg"


def _read_status(path: str, content: bytes) -> Iterator[Found]:
    """Yield what is installed: the last word of ``Status`` says so."""
    records = list(iter_records(read_text(content)))
    if content.strip() and not any("package" in record for record in records):
        raise NotUnderstood("it has no record of a package")
    for number, record in enumerate(records, start=1):
        state = record.get("status", "installed").split()
        if not state or state[-1] != "installed":
            continue
        found = named("opkg", record.get("package"), record.get("version"))
        if not found:
            yield Unreadable(path, NAME, f"record {number} does not name a package and a version")
            continue
        yield replace(
            found[0],
            arch=record.get("architecture", ""),
            source_name=record.get("source", "").split("/")[-1].split(" ")[0] or found[0].name,
            licenses=licenses_of(record.get("license")),
        )


CATALOGER = Cataloger(
    name=NAME,
    reads=("usr/lib/opkg/status", "var/lib/opkg/status", "opt/lib/opkg/status"),
    parse=reporting(NAME, _read_status),
)
