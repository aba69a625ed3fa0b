"""What an ELF file asks of other files when it is started: its interpreter, libraries, and their versions.

System V ABI, "Dynamic Section"; Linux Standard Base, "Symbol Versioning" (.gnu.version_r, .gnu.version_d).
Found by the dynamic section alone, as the dynamic linker does: section headers are for others, and may be
stripped or lie. Every table has a bound, every chain ends, every offset is checked before it is used.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from lading.cataloging.elf import Elf, NotElf, read_elf

_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_NULL, _NEEDED, _STRTAB, _STRSZ, _SONAME, _RPATH = 0, 1, 5, 10, 14, 15
_RUNPATH = 29
_VERDEF, _VERDEFNUM, _VERNEED, _VERNEEDNUM = 0x6FFFFFFC, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF
_MAX_ENTRIES = 4_096  # of the dynamic section, and of each version table; glibc itself has some 40
_MAX_NAME = 1_024  # bytes
_MAX_PATH = 4_096
_BASE_VERSION = 1  # VER_FLG_BASE: the file's own name, which is no version


@dataclass(frozen=True, slots=True)
class DynamicLinks:
    """What a program or library asks for, and what it offers.

    ``needs`` are versions by the soname of the library that is to have them; ``offers`` are the versions that
    this library has itself. ``search`` is its RUNPATH, or else its RPATH.
    """

    machine: int  # e_machine of the ELF header
    wide: bool  # 64 bits
    interpreter: str = ""  # path of the dynamic linker; empty for a library
    soname: str = ""
    needed: tuple[str, ...] = ()
    search: str = ""
    needs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    offers: tuple[str, ...] = ()


def read_links(content: bytes) -> DynamicLinks | None:
    """Read what an ELF file asks for; None for one that asks for nothing. Raises NotElf where it lies."""
    elf = read_elf(content)
    machine = struct.unpack_from(f"{elf.order}H", content, 18)[0]
    wide = elf.pointer_bytes == 8
    headers = tuple(elf.program_headers())
    interpreter = ""
    for header in headers:
        if header.kind == _INTERPRETER:
            raw = content[header.offset : header.offset + min(header.size, _MAX_PATH)]
            interpreter = raw.partition(b"\0")[0].decode("utf-8", "replace")
    dynamic = next((header for header in headers if header.kind == _DYNAMIC), None)
    if dynamic is None:
        return DynamicLinks(machine, wide, interpreter) if interpreter else None
    return _Reading(content, elf, dynamic.offset, dynamic.size).links(machine, interpreter)


class _Reading:
    """One dynamic section under way."""

    def __init__(self, content: bytes, elf: Elf, offset: int, size: int) -> None:
        self._content = content
        self._order = elf.order
        self._wide = elf.pointer_bytes == 8
        self._loads = [
            (header.address, header.offset, header.size)
            for header in elf.program_headers()
            if header.kind == _LOAD
        ]
        self._entries = list(self._iter_entries(offset, size))
        first = dict(reversed(self._entries))
        self._strings_at = self._offset(first.get(_STRTAB, 0))
        self._strings_size = min(first.get(_STRSZ, 0), len(content))
        self._first = first

    def links(self, machine: int, interpreter: str) -> DynamicLinks:
        first = self._first
        needed = tuple(self._string(value) for tag, value in self._entries if tag == _NEEDED)
        search = first.get(_RUNPATH, first.get(_RPATH))
        return DynamicLinks(
            machine=machine,
            wide=self._wide,
            interpreter=interpreter,
            soname=self._string(first[_SONAME]) if _SONAME in first else "",
            needed=tuple(dict.fromkeys(needed)),
            search=self._string(search, _MAX_PATH) if search is not None else "",
            needs=tuple(self._needs(first)),
            offers=tuple(self._offers(first)),
        )

    def _iter_entries(self, offset: int, size: int) -> Iterator[tuple[int, int]]:
        width = 16 if self._wide else 8
        shape = struct.Struct(f"{self._order}{'qQ' if self._wide else 'iI'}")
        for number in range(min(size // width, _MAX_ENTRIES + 1)):
            at = offset + number * width
            if number == _MAX_ENTRIES:
                raise NotElf(f"its dynamic section has more than {_MAX_ENTRIES} entries")
            if at + width > len(self._content):
                raise NotElf("its dynamic section is cut")
            tag, value = shape.unpack_from(self._content, at)
            if tag == _NULL:
                return
            yield tag, value

    def _needs(self, first: dict[int, int]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Elfxx_Verneed: version, cnt, file, aux, next; Vernaux: hash, flags, other, name, next."""
        at = self._offset(first.get(_VERNEED, 0))
        for _ in range(self._bounded(first.get(_VERNEEDNUM, 0))):
            _, count, file, aux, following = self._unpack("HHIII", at)
            versions: list[str] = []
            inner = at + aux
            for _ in range(self._bounded(count)):
                _, _, _, name, next_inner = self._unpack("IHHII", inner)
                versions.append(self._string(name))
                if not next_inner:
                    break
                inner += next_inner
            yield self._string(file), tuple(sorted(set(versions)))
            if not following:
                return
            at += following

    def _offers(self, first: dict[int, int]) -> Iterator[str]:
        """Elfxx_Verdef: version, flags, ndx, cnt, hash, aux, next; Verdaux: name, next."""
        at = self._offset(first.get(_VERDEF, 0))
        for _ in range(self._bounded(first.get(_VERDEFNUM, 0))):
            _, flags, _, count, _, aux, following = self._unpack("HHHHIII", at)
            if count and not flags & _BASE_VERSION:
                yield self._string(self._unpack("II", at + aux)[0])
            if not following:
                return
            at += following

    def _unpack(self, shape: str, at: int) -> tuple[int, ...]:
        full = f"{self._order}{shape}"
        if at <= 0 or at + struct.calcsize(full) > len(self._content):
            raise NotElf("its table of versions leads out of the file")
        return struct.unpack_from(full, self._content, at)

    def _offset(self, address: int) -> int:
        """Where in the file an address is loaded from; 0 where it is from nowhere."""
        for start, offset, size in self._loads:
            if start <= address < start + size:
                return offset + address - start
        return 0

    def _string(self, at: int, limit: int = _MAX_NAME) -> str:
        start = self._strings_at + at
        end = min(self._strings_at + self._strings_size, len(self._content))
        if not self._strings_at or not self._strings_at <= start < end:
            raise NotElf("a name in its dynamic section leads out of the table of names")
        stop = self._content.find(b"\0", start, min(end, start + limit + 1))
        if stop < 0:
            raise NotElf(f"a name in its dynamic section has more than {limit} bytes, or no end")
        return self._content[start:stop].decode("utf-8", "replace")

    def _bounded(self, count: int) -> int:
        if count > _MAX_ENTRIES:
            raise NotElf(f"a table of versions claims {count} entries")
        return count
