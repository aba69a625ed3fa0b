"""The files of an installed Python distribution: RECORD (PyPA specification "Recording installed projects").

The distribution itself stands in METADATA beside it. Rows are path, digest (``sha256=`` and base 64 without
padding) and size; paths are relative to the folder that the dist-info folder is in.
"""

import base64
import binascii
import csv
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.recorded_file import SHORT, RecordedFile
from lading.image.path import normalise

NAME = "python-record"
_LONGEST_LINE = 64 << 10  # characters
_ALGORITHMS = frozenset({"sha256", "sha384", "sha512"})


def parse_record(path: str, content: bytes) -> Iterator[Found]:  # noqa: ARG001 - METADATA names the distribution
    """Yield nothing."""
    return iter(())


def iter_recorded(path: str, content: bytes) -> Iterator[RecordedFile]:
    """Yield the files that an installer put there. What leaves the root, or is no row, is left out."""
    folder, _, _ = path.rpartition("/")
    root, _, own = folder.rpartition("/")
    package = own.removesuffix(".dist-info").partition("-")[0]
    for row in _iter_rows(content.decode("utf-8", "replace")):
        if len(row) != 3 or not row[0]:
            continue
        file = normalise(row[0] if row[0].startswith("/") else f"{root}/{row[0]}")
        if file is not None:
            algorithm, _, text = row[1].partition("=")
            digest = _digest(text) if algorithm in _ALGORITHMS else b""
            yield RecordedFile(file, package, algorithm if digest else "", digest)


def _iter_rows(text: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(line for line in text.split("\n") if len(line) < _LONGEST_LINE)
    except csv.Error:  # a field over many lines, longer than the module reads
        return


def _digest(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))[:SHORT]
    except (binascii.Error, ValueError):
        return b""


CATALOGER = Cataloger(
    name=NAME,
    reads=("**/*.dist-info/RECORD",),
    parse=parse_record,
    max_bytes=32 << 20,
    records=iter_recorded,
)
