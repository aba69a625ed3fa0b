"""Programs that GraalVM compiled from Java: the list of their libraries that the compiler can put in.

Source: GraalVM documentation, "Software Bill of Materials": a CycloneDX document, compressed by gzip, at the
symbol ``sbom``, of the length that stands at the symbol ``sbom_length``.
"""

import zlib
from collections.abc import Iterator

from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.documents import (
    NotUnderstood,
    licenses_of,
    named,
    read_json_object,
    reporting,
    table,
    tables,
)
from lading.cataloging.elf import MAGIC as ELF
from lading.cataloging.elf import NotElf, read_elf

NAME = "native-image"
_MAX_LIST = 64 << 20  # bytes of JSON
_GZIP = 16 + zlib.MAX_WBITS


def _read_program(_path: str, content: bytes) -> Iterator[Found]:
    try:
        program = read_elf(content)
    except NotElf:
        return
    symbols = program.symbols(("sbom", "sbom_length"))
    if len(symbols) < 2:
        return
    length = program.at_address(symbols["sbom_length"], 8)
    if len(length) < 8:
        return
    packed = program.at_address(symbols["sbom"], int.from_bytes(length, "little"))
    for component in tables(read_json_object(_unpacked(packed)).get("components")):
        licenses = tuple(
            text
            for one in tables(component.get("licenses"))
            for text in licenses_of(table(one, "license").get("id") or one.get("expression"))
        )
        group = component.get("group") or ""
        yield from named(
            "maven", component.get("name"), component.get("version"), namespace=group, licenses=licenses
        )


def _unpacked(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj(_GZIP)
    try:
        raw = unpacking.decompress(packed, _MAX_LIST)
    except zlib.error as error:
        raise NotUnderstood("its bill of materials is damaged") from error
    if not unpacking.eof:
        raise NotUnderstood("its bill of materials is cut, or too long")
    return raw


def recognises(head: bytes, size: int) -> bool:  # noqa: ARG001 - too large ones are reported
    """Any program may be one."""
    return True


CATALOGER = Cataloger(
    name=NAME,
    reads=(),
    parse=reporting(NAME, _read_program),
    max_bytes=256 << 20,
    recognises=recognises,
    begins=(ELF,),
)
