"""Small honest lock files as Bun 1.1 wrote them (its own has some more columns, which nobody here reads)."""

import struct
from collections.abc import Sequence

MAGIC = b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n"
NPM, FOLDER = 2, 4


def bun_lock(
    packages: Sequence[tuple[str, tuple[int, int, int], str]],
    needs: Sequence[Sequence[int]] = (),
    *,
    kinds: Sequence[int] = (),
    version: int = 2,
) -> bytes:
    """Packages by name, numbers of the version and pre-release; what each needs, by the packages' numbers."""
    texts = bytearray()

    def text(value: str) -> bytes:
        raw = value.encode()
        if len(raw) <= 8:
            return raw.ljust(8, b"\0")
        at = len(texts)
        texts.extend(raw)
        return (at | len(raw) << 32 | 1 << 63).to_bytes(8, "little")

    names = b"".join(text(name) for name, _, _ in packages)
    resolutions = b""
    for row, (_, numbers, before) in enumerate(packages):
        kind = kinds[row] if kinds else NPM
        resolutions += struct.pack("<B7x8x3I4x8s8x8x8x", kind, *numbers, text(before))
    slices, chosen = b"", b""
    for row in range(len(packages)):
        own = needs[row] if needs else ()
        slices += struct.pack("<II", len(chosen) // 4, len(own))
        chosen += struct.pack(f"<{len(own)}I", *own)
    columns = names + bytes(8 * len(packages)) + resolutions + bytes(8 * len(packages)) + slices
    begin = len(MAGIC) + 44 + 40
    head = struct.pack("<I32xQ", version, 0)
    head += struct.pack("<QQQQQ", len(packages), 8, 8, begin, begin + len(columns))
    content = MAGIC + head + columns
    for array, kind_of_item, size in ((b"", "u32", 4), (chosen, "u32", 4), (bytes(texts), "u8", 1)):
        line = f"\n<{kind_of_item}> {size} sizeof, {size} alignof\n".encode()
        at = len(content) + 16 + len(line)
        content += struct.pack("<QQ", at, at + len(array)) + line + array
    return content
