"""Chiselled Ubuntu: the slices that were cut out of Debian packages (canonical/chisel, ``manifest.wall``).

A zstd-compressed file of one JSON object to a line; those of kind ``package`` name a package.
"""

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import zstandard

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import NotUnderstood, named, reporting

NAME = "chisel"
_MAX_UNPACKED = 256 << 20  # bytes; each path of the file system is one line of some 200


def _read_wall(_path: str, content: bytes) -> Iterator[Found]:
    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(content) as unpacking:
            raw = unpacking.read(_MAX_UNPACKED + 1)
        lines = raw.split(b"\n") if len(raw) <= _MAX_UNPACKED else []
        if b'"jsonwall"' not in lines[0]:
            raise NotUnderstood("it is not a manifest of slices, or is too long")
        for line in lines:
            if b'"package"' in line:
                yield from _read_line(msgspec.json.decode(line))
    except (
        zstandard.ZstdError,
        msgspec.DecodeError,
        UnicodeDecodeError,
        RecursionError,
        IndexError,
    ) as error:
        raise NotUnderstood("it is damaged or too long") from error


def _read_line(line: object) -> Iterator[Found]:
    if isinstance(line, dict) and line.get("kind") == "package":
        arch = line.get("arch")
        for package in named("deb", line.get("name"), line.get("version")):
            yield replace(package, arch=arch if isinstance(arch, str) else "", source_name=package.name)


CATALOGER = Cataloger(name=NAME, reads=("var/lib/chisel/manifest.wall",), parse=reporting(NAME, _read_wall))
