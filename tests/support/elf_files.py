"""Small ELF files with what catalogers look for, and no machine code."""

import struct
import zlib

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
