"""Rust programs built with cargo-auditable: the list of crates in the section ``.dep-v0``.

Source: rust-secure-code/cargo-auditable, PARSING.md: JSON, compressed with zlib.
"""

import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from lading.cataloging.analysis import Unreadable
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.elf import MAGIC as ELF
from lading.cataloging.elf import NotElf, read_elf
from lading.packages.package import Package

NAME = "rust-binary"
_MAX_LIST = 8 << 20  # bytes of JSON; cargo-auditable's own readers allow as much
# Sections are named at the end of a file, so a program has to be held whole to be looked into; larger ones
# than this are not Rust programs in practice.
_MAX_PROGRAM = 128 << 20


class _Crate(msgspec.Struct):
    name: str
    version: str
    kind: Any = "runtime"  # "build" for what was needed to build and is not in the program


class _Crates(msgspec.Struct):
    packages: list[_Crate]


def recognises(head: bytes, size: int) -> bool:  # noqa: ARG001 - what is too large is reported, not passed over
    """Any program may be one."""
    return head.startswith(ELF)


def parse_program(path: str, content: bytes) -> Iterator[Found]:
    """Yield the crates that a program was linked from; nothing for programs without such a list."""
    try:
        packed = read_elf(content).section(".dep-v0")
    except NotElf:
        return
    if not packed:
        return
    unpacking = zlib.decompressobj()
    try:
        raw = unpacking.decompress(packed, _MAX_LIST)
        crates = msgspec.json.decode(raw, type=_Crates).packages if unpacking.eof else None
    except (zlib.error, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        crates = None
    if crates is None:
        yield Unreadable(path, NAME, "its list of crates is damaged or too long")
        return
    for crate in crates:
        if (
            crate.kind != "build"
            and crate.name
            and crate.version
            and (crate.name + crate.version).isprintable()
        ):
            yield Package(type="cargo", namespace="", name=crate.name, version=crate.version)


CATALOGER = Cataloger(
    name=NAME,
    reads=(),
    parse=parse_program,
    max_bytes=_MAX_PROGRAM,
    recognises=recognises,
    begins=(ELF,),
)
