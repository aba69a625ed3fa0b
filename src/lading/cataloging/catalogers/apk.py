"""Alpine's database of installed packages (apk-tools, apk-v2(5), "Installed Database")."""

from collections.abc import Iterator

from lading.cataloging.analysis import Unreadable
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.program_places import is_worth_owning
from lading.packages.package import Package

NAME = "apk"


def parse_installed(path: str, content: bytes) -> Iterator[Found]:
    """Yield one package for each record; records are one-letter fields, ended by an empty line."""
    for number, record in enumerate(content.replace(b"\r\n", b"\n").split(b"\n\n"), start=1):
        if record.strip():
            yield _parse_record(path, record, number)
    if content and not content.endswith(b"\n"):
        yield Unreadable(path, NAME, "it ends in the middle of a line")


def _parse_record(path: str, record: bytes, number: int) -> Found:
    fields: dict[bytes, str] = {}
    for line in record.split(b"\n"):
        if line[1:2] == b":":
            if line[:1] in b"FRM":
                break  # files follow, and nothing else
            fields.setdefault(line[:1], line[2:].decode("utf-8", "replace").strip())
    name, version = fields.get(b"P", ""), fields.get(b"V", "")
    if not name or not version or " " in name + version:
        return Unreadable(path, NAME, f"record {number} does not name a package and a version")
    license_text = fields.get(b"L", "")
    return Package(
        type="apk",
        namespace="",
        name=name,
        version=version,
        arch=fields.get(b"A", ""),
        source_name=fields.get(b"o", "") or name,
        source_version=version,  # all packages of one origin are built together
        licenses=(license_text,) if license_text else (),
    )


def iter_owned(path: str, content: bytes) -> Iterator[tuple[str, str]]:  # noqa: ARG001 - there is one database
    """Yield the paths that a package might be read from, and its name.

    Files stand below the last folder named.
    """
    folder = package = ""
    for line in content.split(b"\n"):
        if line[:2] == b"P:":
            package = line[2:].decode("utf-8", "replace").strip()
        elif line[:2] == b"F:":
            folder = line[2:].decode("utf-8", "replace")
        elif line[:2] == b"R:":
            file = f"{folder}/{line[2:].decode('utf-8', 'replace')}"
            if is_worth_owning(file):
                yield file, package


# The second path is that of systems where /lib is a link to /usr/lib (Alpine 3.23).
CATALOGER = Cataloger(
    name=NAME,
    reads=("lib/apk/db/installed", "usr/lib/apk/db/installed"),
    parse=parse_installed,
    owns=iter_owned,
)
