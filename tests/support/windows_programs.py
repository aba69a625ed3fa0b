"""Small programs for Windows: headers, one section, and a version resource in it."""

import struct
from collections.abc import Mapping


def _block(name: str, value: bytes = b"", kind: int = 1, children: bytes = b"") -> bytes:
    key = name.encode("utf-16-le") + b"\0\0"
    head = 6 + len(key)
    body = bytes(-head % 4) + value
    body += bytes(-(head + len(body)) % 4) + children if children else b""
    length = head + len(body)
    value_length = len(value) // 2 if kind else len(value)
    return struct.pack("<HHH", length, value_length, kind) + key + body + bytes(-length % 4)


def _version(texts: Mapping[str, str]) -> bytes:
    strings = b"".join(_block(name, text.encode("utf-16-le") + b"\0\0") for name, text in texts.items())
    tables = _block("StringFileInfo", children=_block("040904b0", children=strings))
    return _block("VS_VERSION_INFO", bytes(52), kind=0, children=tables)


def windows_program(texts: Mapping[str, str], *, managed: bool = True, wide: bool = False) -> bytes:
    """A program that says ``texts`` of itself; ``managed`` ones are for .NET, ``wide`` ones have 64 bits."""
    address, raw = 0x2000, 0x400
    tree = b"".join(
        struct.pack("<12xHHII", 0, 1, kind, below)
        for kind, below in ((16, 1 << 31 | 24), (1, 1 << 31 | 48), (0x409, 72))
    )
    version = _version(texts)
    section = tree + struct.pack("<IIII", address + 88, len(version), 0, 0) + version
    directories = [(0, 0)] * 16
    directories[2] = (address, len(section))
    directories[14] = (0x1000, 72) if managed else (0, 0)
    optional = struct.pack("<H", 0x20B if wide else 0x10B) + bytes(90 + (16 if wide else 0))
    optional += struct.pack("<I", 16) + b"".join(struct.pack("<II", *each) for each in directories)
    header = struct.pack("<4sHH12xHH", b"PE\0\0", 0x14C, 1, len(optional), 0x2000)
    table = struct.pack("<8sIIII16x", b".rsrc", len(section), address, len(section), raw)
    start = b"MZ" + bytes(58) + struct.pack("<I", 64)
    return (start + header + optional + table).ljust(raw, b"\0") + section
