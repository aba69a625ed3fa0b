"""Small ELF files with what catalogers look for, and no machine code."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

BASE = 0x400000


def elf(sections: dict[str, bytes], *, wide: bool = True, order: str = "<", named: bool = True) -> bytes:
    """A file with these sections, all of them loaded and writable; without names if not ``named``."""
    names = b"\0"
    name_at = {}
    for name in (*sections, ".shstrtab"):
        name_at[name] = len(names)
        names += (name if named else "x").encode() + b"\0"
    head_bytes, program_bytes, section_bytes = (64, 56, 64) if wide else (52, 32, 40)
    body_at = head_bytes + program_bytes * len(sections)
    body, placed = b"", {}
    for name, content in (*sections.items(), (".shstrtab", names)):
        body += b"\0" * (-(body_at + len(body)) % 16)
        placed[name] = (body_at + len(body), len(content))
        body += content
    programs = b"".join(_program(*placed[name], wide=wide, order=order) for name in sections)
    headers = bytes(section_bytes) + b"".join(
        _section(name_at[name], *placed[name], wide=wide, order=order) for name in (*sections, ".shstrtab")
    )
    ident = b"\x7fELF" + bytes((2 if wide else 1, 1 if order == "<" else 2, 1)) + bytes(9)
    counts = (head_bytes, program_bytes, len(sections), section_bytes, len(sections) + 2, len(sections) + 1)
    word = "Q" if wide else "I"
    head = ident + struct.pack(
        f"{order}HHI3{word}I6H", 2, 62, 1, BASE, head_bytes, body_at + len(body), 0, *counts
    )
    return head + programs + body + headers


def _program(offset: int, size: int, *, wide: bool, order: str) -> bytes:
    if wide:
        return struct.pack(f"{order}IIQQQQQQ", 1, 6, offset, BASE + offset, 0, size, size, 16)
    return struct.pack(f"{order}8I", 1, offset, BASE + offset, 0, size, size, 6, 16)


def _section(name: int, offset: int, size: int, *, wide: bool, order: str) -> bytes:
    word = "Q" if wide else "I"
    values = (0, BASE + offset, offset, size)
    return struct.pack(f"{order}II4{word}II2{word}", name, 1, *values, 0, 0, 16, 0)


def native_image(document: bytes) -> bytes:
    """A program with a compressed bill of materials at symbols, as GraalVM's compiler makes it."""
    packing = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    packed = packing.compress(document) + packing.flush()
    names = b"\0sbom\0sbom_length\0"
    symbols = bytes(24) + struct.pack("<I4xQ8xI4xQ8x", 1, 0, 6, 0)
    sections = {".dynstr": names, ".dynsym": symbols, ".sbom": packed + len(packed).to_bytes(8, "little")}
    at = BASE + elf(sections).index(packed)
    symbols = bytes(24) + struct.pack("<I4xQ8xI4xQ8x", 1, at, 6, at + len(packed))
    return elf(sections | {".dynsym": symbols})


MODULES = (
    "path\texample.org/shop/cmd/shop\n"
    "mod\texample.org/shop\t(devel)\t\n"
    "dep\tgolang.org/x/text\tv0.3.7\th1:abc=\n"
    "dep\tgolang.org/x/net\tv0.1.0\n"
    "=>\tgithub.com/fork/net\tv0.1.1\th1:def=\n"
    "build\t-compiler=gc\n"
)


def framed(modules: str) -> bytes:
    """A list of modules between its markers."""
    return bytes(range(16)) + modules.encode() + bytes(range(16))


def _counted(text: bytes) -> bytes:
    raw, size = b"", len(text)
    while size > 0x7F:
        raw += bytes((size & 0x7F | 0x80,))
        size >>= 7
    return raw + bytes((size,)) + text


def go_program(
    version: str = "go1.22.3", modules: str = MODULES, *, wide: bool = True, named: bool = True
) -> bytes:
    """As Go 1.18 and later link it."""
    info = b"\xff Go buildinf:" + bytes((0, 2)) + bytes(16)
    info += _counted(version.encode()) + _counted(framed(modules))
    return elf({".data": bytes(64), ".go.buildinfo": info}, wide=wide, named=named)


def old_go_program(version: str = "go1.17.1", *, wide: bool = True, order: str = "<") -> bytes:
    """As Go before 1.18 linked it: with pointers to texts."""
    size, word = (8, "Q") if wide else (4, "I")
    texts = (version.encode(), framed(MODULES))
    offset = (64 + 56 * 2) if wide else (52 + 32 * 2)
    text_at = offset + (-offset % 16)
    data = b"".join(texts)
    data += b"\0" * (-len(data) % 16)
    headers_at = len(data)
    at = BASE + text_at
    for text in texts:
        data += struct.pack(f"{order}2{word}", at, len(text))
        at += len(text)
    pointers = struct.pack(
        f"{order}2{word}", BASE + text_at + headers_at, BASE + text_at + headers_at + 2 * size
    )
    info = b"\xff Go buildinf:" + bytes((size, 0 if order == "<" else 1)) + pointers
    return elf({".rodata": data, ".go.buildinfo": info.ljust(32, b"\0")}, wide=wide, order=order)


CRATES = (
    b'{"packages":[{"name":"serde_json","version":"1.0.135"},'
    b'{"name":"cc","version":"1.0.0","kind":"build"},{"name":"shop","version":"0.1.0","root":true}]}'
)


def rust_program(crates: bytes = CRATES) -> bytes:
    """As cargo-auditable links it."""
    return elf({".dep-v0": zlib.compress(crates)})


def dynamic_elf(
    *,
    soname: str = "",
    needed: Sequence[str] = (),
    needs: Mapping[str, Sequence[str]] = MappingProxyType({}),
    offers: Sequence[str] = (),
    runpath: str = "",
    interpreter: str = "",
    machine: int = 62,
    claimed_needs: int | None = None,
) -> bytes:
    """A 64-bit file with a dynamic section and tables of versions, and no sections at all."""
    names = _Names()
    entries = [(1, names.add(each)) for each in needed]
    if soname:
        entries.append((14, names.add(soname)))
    if runpath:
        entries.append((29, names.add(runpath)))
    need_table = b""
    for at, (library, versions) in enumerate(needs.items()):
        inner = b"".join(
            struct.pack("<IHHII", 0, 0, 2, names.add(version), 16 if place + 1 < len(versions) else 0)
            for place, version in enumerate(versions)
        )
        following = 16 + len(inner) if at + 1 < len(needs) else 0
        need_table += struct.pack("<HHIII", 1, len(versions), names.add(library), 16, following) + inner
    offer_table = b""
    for at, version in enumerate(offers):
        following = 28 if at + 1 < len(offers) else 0
        offer_table += struct.pack("<HHHHIII", 1, 0, at + 2, 1, 0, 20, following)
        offer_table += struct.pack("<II", names.add(version), 0)
    start = 64 + 3 * 56
    strings_at = start
    need_at = strings_at + len(names.content)
    offer_at = need_at + len(need_table)
    interpreter_at = offer_at + len(offer_table)
    raw_interpreter = interpreter.encode() + b"\0" if interpreter else b""
    dynamic_at = interpreter_at + len(raw_interpreter)
    entries += [(5, BASE + strings_at), (10, len(names.content))]
    if needs:
        count = len(needs) if claimed_needs is None else claimed_needs
        entries += [(0x6FFFFFFE, BASE + need_at), (0x6FFFFFFF, count)]
    if offers:
        entries += [(0x6FFFFFFC, BASE + offer_at), (0x6FFFFFFD, len(offers))]
    dynamic = b"".join(struct.pack("<qQ", tag, value) for tag, value in (*entries, (0, 0)))
    end = dynamic_at + len(dynamic)
    programs = [(1, 0, end), (2, dynamic_at, len(dynamic))]
    programs.append((3, interpreter_at, len(raw_interpreter)) if interpreter else (0, 0, 0))
    headers = b"".join(
        struct.pack("<IIQQQQQQ", kind, 4, offset, BASE + offset, 0, size, size, 8)
        for kind, offset, size in programs
    )
    head = b"\x7fELF\2\1\1" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, len(programs), 0, 0, 0)
    return head + headers + names.content + need_table + offer_table + raw_interpreter + dynamic


class _Names:
    """A table of names."""

    def __init__(self) -> None:
        self.content = b"\0"

    def add(self, name: str) -> int:
        at = len(self.content)
        self.content += name.encode() + b"\0"
        return at
