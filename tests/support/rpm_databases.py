"""Small honest databases of rpm, in its three formats."""

import sqlite3
import struct
from collections.abc import Mapping, Sequence

PAGE = 4096


def header_of_files(
    name: str,
    version: str,
    release: str,
    files: Mapping[str, tuple[str, int, int]],
    *,
    source: str = "",
    requires: Sequence[str] = (),
    provides: Sequence[str] = (),
) -> bytes:
    """The blob of a package with files: SHA-256 in hexadecimal, flags and state of each by its path."""
    folders = sorted({path.rpartition("/")[0] + "/" for path in files})
    texts = {
        1000: [name],
        1001: [version],
        1002: [release],
        1044: [source or f"{name}-{version}-{release}.src.rpm"],
    }
    lists = {
        1035: [digest for digest, _, _ in files.values()],
        1117: [path.rpartition("/")[2] for path in files],
        1118: folders,
        1047: list(provides),
        1049: list(requires),
    }
    lists = {tag: words for tag, words in lists.items() if words}
    numbers = {
        1037: [flags for _, flags, _ in files.values()],
        1116: [folders.index(path.rpartition("/")[0] + "/") for path in files],
        5011: [8],
    }
    entries, store = b"", b""
    for tag, values in numbers.items():  # first, so that they are aligned
        entries += struct.pack(">IIII", tag, 4, len(store), len(values))
        store += b"".join(value.to_bytes(4, "big") for value in values)
    entries += struct.pack(">IIII", 1029, 1, len(store), len(files))
    store += bytes(state for _, _, state in files.values())
    for tag, words in (*texts.items(), *lists.items()):
        entries += struct.pack(">IIII", tag, 6 if tag in texts else 8, len(store), len(words))
        store += b"".join(word.encode() + b"\0" for word in words)
    return struct.pack(">II", len(entries) // 16, len(store)) + entries + store


def header(  # what rpm keeps of one package
    name: str,
    version: str,
    release: str,
    *,
    epoch: int | None = None,
    arch: str = "x86_64",
    source: str = "",
    license_text: str = "MIT",
    padding: int = 0,
) -> bytes:
    """The blob of one package; ``padding`` makes it as long as real ones are."""
    texts = {1000: name, 1001: version, 1002: release, 1014: license_text, 1022: arch, 1044: source}
    entries, store = b"", b""
    for tag, text in texts.items():
        entries += struct.pack(">IIII", tag, 6, len(store), 1)
        store += text.encode() + b"\0"
    if epoch is not None:
        store += b"\0" * (-len(store) % 4)
        entries += struct.pack(">IIII", 1003, 4, len(store), 1)
        store += epoch.to_bytes(4, "big")
    entries += struct.pack(">IIII", 1005, 6, len(store), 1)
    store += b"d" * padding + b"\0"
    return struct.pack(">II", len(entries) // 16, len(store)) + entries + store


HEADERS = (
    header("bash", "5.1.8", "9.el9", source="bash-5.1.8-9.el9.src.rpm", padding=9000),
    header("openssl-libs", "3.0.7", "27.el9", epoch=1, source="openssl-3.0.7-27.el9.src.rpm", padding=100),
    header("gpg-pubkey", "fd431d51", "4ae0493b", padding=50),
    header(
        "filesystem", "3.16", "2.el9", arch="noarch", source="filesystem-3.16-2.el9.src.rpm", padding=70_000
    ),
)


def sqlite_database(headers: tuple[bytes, ...] = HEADERS, page_bytes: int = PAGE) -> bytes:
    """As rpm 4.16 and later write it."""
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"PRAGMA page_size = {page_bytes}")
        connection.execute("CREATE TABLE 'Name' (key TEXT NOT NULL, hnum INTEGER, idx INTEGER)")
        connection.execute(
            "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"
        )
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in headers])
        connection.commit()
        content = connection.serialize()
    connection.close()
    return content


def ndb_database(headers: tuple[bytes, ...] = HEADERS) -> bytes:
    """As rpm on SUSE writes it."""
    slots, blobs = b"", b""
    for index, blob in enumerate(headers, start=1):
        raw = struct.pack("<4sIII", b"BlbS", index, 0, len(blob)) + blob
        raw += b"\0" * (-len(raw) % 16)
        slots += struct.pack("<4sIII", b"Slot", index, (PAGE + len(blobs)) // 16, len(raw) // 16)
        blobs += raw
    head = struct.pack("<4sIIIIIII", b"RpmP", 0, 1, 1, len(headers) + 1, 0, 0, 0)
    free = struct.pack("<4sIII", b"Slot", 0, 0, 0)
    page = head + slots
    return page + free * ((PAGE - len(page)) // 16) + blobs


def bdb_database(headers: tuple[bytes, ...] = HEADERS) -> bytes:
    """As rpm before 4.16 wrote it: one hash page, whose entries stand on pages of their own."""
    pages: dict[int, bytes] = {}
    items: list[bytes] = []
    number = 2
    for index, blob in enumerate((b"\x01\0\0\0", *headers)):
        items.append(b"\x01" + index.to_bytes(4, "little"))
        if index == 0:
            items.append(b"\x01" + blob)  # the last number given to a package
            continue
        items.append(struct.pack("<B3xII", 3, number, len(blob)))
        room = PAGE - 26
        for start in range(0, len(blob), room):
            part = blob[start : start + room]
            following = number + 1 if start + room < len(blob) else 0
            head = struct.pack("<8xIIIHHBB", number, 0, following, 1, len(part), 0, 7)
            pages[number] = (head + part).ljust(PAGE, b"\0")
            number += 1
    page = bytearray(PAGE)
    at = PAGE
    offsets = []
    for item in items:
        at -= len(item)
        page[at : at + len(item)] = item
        offsets.append(at)
    struct.pack_into("<8xIIIHHBB", page, 0, 1, 0, 0, len(items), at, 0, 13)
    struct.pack_into(f"<{len(offsets)}H", page, 26, *offsets)
    pages[1] = bytes(page)
    meta = bytearray(PAGE)
    struct.pack_into("<8xIIIIBBxB", meta, 0, 0, 0x061561, 9, PAGE, 0, 8, 0)
    meta[32:36] = (number - 1).to_bytes(4, "little")
    return bytes(meta) + b"".join(pages[at] for at in range(1, number))
