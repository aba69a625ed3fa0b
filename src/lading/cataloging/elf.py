"""ELF files: sections by name and bytes by address (System V ABI, chapters "Sections" and "Program Header").

Headers are believed to lie: every offset is checked against the file before it is used.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\x7fELF"
_MAX_HEADERS = 65_535
_NO_BITS = 8  # a section without bytes in the file
_LOAD, _WRITABLE = 1, 2
_OWN_NAME = 14  # the tag DT_SONAME
_SECTION = {
    (order, width): struct.Struct(order + shape)
    for order in "<>"
    for width, shape in ((8, "II16xQQ"), (4, "II8xII"))
}


class NotElf(Exception):
    """The bytes are not an ELF file that can be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the file that is loaded at ``address``."""

    address: int
    offset: int
    size: int  # bytes in the file
    writable: bool


@dataclass(frozen=True, slots=True)
class ProgramHeader:
    """One part of the file, for who runs it (``p_type`` and so on of the specification)."""

    kind: int
    flags: int
    offset: int
    address: int
    size: int  # bytes in the file


def read_elf(content: bytes) -> "Elf":
    """Read a program. Every reader of programs asks for the same one in turn, so the last is remembered.

    Raises NotElf.
    """
    global _last  # noqa: PLW0603 - one value, replaced whole
    if _last is None or _last.content is not content:
        _last = None  # let the one before go first: programs are large
        _last = Elf(content)
    return _last


_last: "Elf | None" = None


class Elf:
    """One file, whole. Raises NotElf where its first header makes no sense."""

    def __init__(self, content: bytes) -> None:
        known = content[4:5] in (b"\1", b"\2") and content[5:6] in (b"\1", b"\2")
        if not content.startswith(MAGIC) or not known or len(content) < 52:
            raise NotElf("it is not an ELF file")
        self.content = content
        self._headers: list[tuple[int, int, int, int]] | None = None  # of sections, once they were asked for
        self._names: bytes | None = None
        self.order = "<" if content[5] == 1 else ">"
        self.pointer_bytes = 4 if content[4] == 1 else 8
        wide = self.pointer_bytes == 8
        if wide and len(content) < 64:
            raise NotElf("its header is cut")
        self._program_at, self._section_at = struct.unpack_from(
            f"{self.order}{'32xQQ' if wide else '28xII'}", content
        )
        counts = struct.unpack_from(f"{self.order}5H", content, 54 if wide else 42)
        self._program_bytes, self._programs, self._section_bytes, self._sections, self._names_index = counts

    def section(self, name: str) -> bytes | None:
        """The bytes of the section with this name; None where there is none in the file."""
        names, wanted = self._section_names(), name.encode() + b"\0"
        if wanted not in names:
            return None
        if self._headers is None:
            shape = self._section_shape()
            self._headers = [shape.unpack_from(self.content, at) for at in self._section_places()]
        for name_at, kind, offset, size in self._headers:
            if names.startswith(wanted, name_at) and kind != _NO_BITS:
                return self._bytes(offset, size)
        return None

    def own_name(self) -> str:
        """What a library calls itself (DT_SONAME); empty where it is none, or its tables are damaged."""
        table, names = self.section(".dynamic"), self.section(".dynstr")
        if not table or not names:
            return ""
        entry = struct.Struct(f"{self.order}{'QQ' if self.pointer_bytes == 8 else 'II'}")
        for at in range(0, len(table) - entry.size + 1, entry.size):
            tag, value = entry.unpack_from(table, at)
            if tag == _OWN_NAME and value < len(names):
                return names[value : names.find(b"\0", value)].decode("ascii", "replace")
            if tag == 0:
                break
        return ""

    def symbols(self, names: tuple[str, ...]) -> dict[str, int]:
        """Addresses of symbols, if all have one, from the table for the loader or for debuggers."""
        found: dict[str, int] = {}
        wanted = {name.encode(): name for name in names}
        wide = self.pointer_bytes == 8
        shape = struct.Struct(f"{self.order}{'I4xQ8x' if wide else 'II8x'}")
        for table_name, names_name in ((".dynsym", ".dynstr"), (".symtab", ".strtab")):
            table, texts = self.section(table_name), self.section(names_name)
            if not table or not texts or found or any(b"\0" + name + b"\0" not in texts for name in wanted):
                continue
            places = {texts.find(b"\0" + name + b"\0") + 1: meant for name, meant in wanted.items()}
            places.pop(0, None)
            for at in range(0, len(table) - shape.size + 1, shape.size):
                name_at, address = shape.unpack_from(table, at)
                if name_at in places:
                    found[places[name_at]] = address
        return found

    def segments(self) -> list[Segment]:
        """What is loaded into memory, as far as it is in the file."""
        return [
            Segment(header.address, header.offset, header.size, bool(header.flags & _WRITABLE))
            for header in self.program_headers()
            if header.kind == _LOAD
        ]

    def program_headers(self) -> Iterator[ProgramHeader]:
        """What the file says of itself to who runs it, as far as it is in the file."""
        wide = self.pointer_bytes == 8
        shape = struct.Struct(f"{self.order}{'IIQQQQ' if wide else 'IIIIIII'}")
        for number in range(min(self._programs, _MAX_HEADERS)):
            at = self._program_at + number * self._program_bytes
            if self._program_bytes < (56 if wide else 32) or at + self._program_bytes > len(self.content):
                break
            if wide:
                kind, flags, offset, address, _, size = shape.unpack_from(self.content, at)
            else:
                kind, offset, address, _, size, _, flags = shape.unpack_from(self.content, at)
            if offset + size <= len(self.content):
                yield ProgramHeader(kind, flags, offset, address, size)

    def at_address(self, address: int, size: int) -> bytes:
        """The bytes that are loaded at an address; fewer where the file has no more."""
        for segment in self.segments():
            if segment.address <= address < segment.address + segment.size:
                start = segment.offset + address - segment.address
                return self.content[start : min(start + size, segment.offset + segment.size)]
        return b""

    def _section_names(self) -> bytes:
        """The table of the names of sections, which is itself a section; empty where there is none."""
        if self._names is None:
            places = self._section_places()
            self._names = b""
            if self._names_index < len(places):
                found = self._section_shape().unpack_from(self.content, places[self._names_index])
                self._names = self._bytes(*found[2:])
        return self._names

    def _section_shape(self) -> struct.Struct:
        """Name, type, offset and size of a section in its header."""
        return _SECTION[self.order, self.pointer_bytes]

    def _section_places(self) -> range:
        """Where the headers of sections stand, of those that are in the file."""
        least = 64 if self.pointer_bytes == 8 else 40
        if self._section_bytes < least:
            return range(0)
        start, step = self._section_at, self._section_bytes
        return range(start, min(len(self.content) - least + 1, start + self._sections * step), step)

    def _bytes(self, offset: int, size: int) -> bytes:
        return self.content[offset : offset + size] if offset + size <= len(self.content) else b""
