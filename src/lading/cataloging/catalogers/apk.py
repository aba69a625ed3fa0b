"""Alpine's database of installed packages (apk-tools, apk-v2(5), "Installed Database")."""

import base64
import binascii
import re
from collections.abc import Iterator

from lading.cataloging.analysis import Unreadable
from lading.cataloging.asking import Asker
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.program_places import is_worth_owning
from lading.cataloging.recorded_file import SHORT, RecordedFile
from lading.packages.package import Package

NAME = "apk"
_BEFORE_VERSION = re.compile(r"[^<>=~@]+")


def parse_installed(path: str, content: bytes) -> Iterator[Found]:
    """Yield one package for each record; records are one-letter fields, ended by an empty line."""
    for number, record in enumerate(content.replace(b"\r\n", b"\n").split(b"\n\n"), start=1):
        if record.strip():
            yield _parse_record(path, record, number)
    if content and not content.endswith(b"\n"):
        yield Unreadable(path, NAME, "it ends in the middle of a line")


def _parse_record(path: str, record: bytes, number: int) -> Found:
    fields = _read_fields(record)
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


def _read_fields(record: bytes) -> dict[bytes, str]:
    fields: dict[bytes, str] = {}
    for line in record.split(b"\n"):
        if line[1:2] == b":":
            if line[:1] in b"FRM":
                break  # files follow, and nothing else
            fields.setdefault(line[:1], line[2:].decode("utf-8", "replace").strip())
    return fields


def iter_asks(path: str, content: bytes) -> Iterator[Asker]:  # noqa: ARG001 - there is one database
    """Yield what packages depend on (D) and provide (p): names, ``so:`` libraries, ``cmd:`` programs."""
    for record in content.replace(b"\r\n", b"\n").split(b"\n\n"):
        fields = _read_fields(record)
        name, version = fields.get(b"P", ""), fields.get(b"V", "")
        if name and version:
            needs = tuple((need,) for need in _names(fields.get(b"D", "")) if not need.startswith("!"))
            yield Asker("apk", name, version, needs, tuple(_names(fields.get(b"p", ""))))


def _names(text: str) -> Iterator[str]:
    """``so:libc.musl-x86_64.so.1=1`` without the version."""
    return (found[0] for word in text.split() if (found := _BEFORE_VERSION.match(word)))


def iter_owned(path: str, content: bytes) -> Iterator[RecordedFile]:  # noqa: ARG001 - there is one database
    """Yield the files that a package might be read from.

    Files (R) stand below the last folder named (F), and their digests (Z) after them.
    """
    folder = package = file = ""
    for line in content.split(b"\n"):
        kind = line[:2]
        if kind == b"Z:" and file:
            yield RecordedFile(file, package, "sha1", _digest(line[2:]))
            file = ""
            continue
        if file and kind in (b"R:", b"F:", b""):
            yield RecordedFile(file, package)
            file = ""
        if kind == b"P:":
            package = line[2:].decode("utf-8", "replace").strip()
        elif kind == b"F:":
            folder = line[2:].decode("utf-8", "replace")
        elif kind == b"R:":
            named = f"{folder}/{line[2:].decode('utf-8', 'replace')}"
            file = named if is_worth_owning(named) else ""


def _digest(value: bytes) -> bytes:
    """``Q1`` and the base 64 of a SHA-1; ``Q2`` is SHA-256, which no database has yet."""
    if not value.startswith(b"Q1"):
        return b""
    try:
        return base64.b64decode(value[2:].strip(), validate=True)[:SHORT]
    except (binascii.Error, ValueError):
        return b""


# The second path is that of systems where /lib is a link to /usr/lib (Alpine 3.23).
CATALOGER = Cataloger(
    name=NAME,
    reads=("lib/apk/db/installed", "usr/lib/apk/db/installed"),
    parse=parse_installed,
    owns=iter_owned,
    asks=iter_asks,
)
