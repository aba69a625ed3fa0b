"""rpm's database as a Berkeley DB hash (rpm before 4.16): pages of pairs, long data on pages of its own.

Format: Berkeley DB 5.3, src/dbinc/db_page.h. Only what a reader of all pairs needs is read: each hash page in
the order of the file. Buckets, free lists and logs do not matter for that.
"""

import struct
from collections.abc import Iterator

from lading.cataloging.analysis import Unreadable
from lading.cataloging.asking import Asker
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.recorded_file import RecordedFile
from lading.cataloging.rpm_header import NoHeader, iter_files, iter_owned, parse_header, read_asker

NAME = "rpm-bdb"
_HASH_MAGIC = 0x0006_1561
_HASH_UNSORTED, _OVERFLOW, _HASH_META, _HASH = 2, 7, 8, 13  # types of pages
_KEY_DATA, _OFF_PAGE = 1, 3  # types of items
_HEAD = struct.Struct(
    "<8xIIIHHBB"
)  # log number (left out), own number, previous, next, entries, free, level, type
_HEAD_BYTES = 26
_MAX_BLOB = 256 << 20


class _Broken(Exception):
    """The file contradicts itself here."""


def parse_packages(path: str, content: bytes) -> Iterator[Found]:
    """Yield the packages; pages that make no sense are reported, and the others are read."""
    if not content:
        return
    try:
        database = _Database(content)
    except _Broken as broken:
        yield Unreadable(path, NAME, str(broken))
        return
    for value in database.iter_values():
        found = NoHeader(str(value)) if isinstance(value, _Broken) else parse_header(value)
        if isinstance(found, NoHeader):
            yield Unreadable(path, NAME, found.reason)
        elif found is not None:
            yield found


def iter_owned_files(path: str, content: bytes) -> Iterator[RecordedFile]:  # noqa: ARG001 - one per system
    """Yield the files of the packages that matter."""
    return (file for blob in _iter_blobs(content) for file in iter_owned(blob))


def iter_all_files(path: str, content: bytes) -> Iterator[RecordedFile]:  # noqa: ARG001 - one per system
    """Yield all files of the packages."""
    return (file for blob in _iter_blobs(content) for file in iter_files(blob))


def iter_asks(path: str, content: bytes) -> Iterator[Asker]:  # noqa: ARG001 - one per system
    """Yield what the packages require and provide."""
    return (found for blob in _iter_blobs(content) if (found := read_asker(blob)) is not None)


def _iter_blobs(content: bytes) -> Iterator[bytes]:
    """Those that can be read; the others are reported already."""
    try:
        database = _Database(content)
    except _Broken:
        return
    yield from (value for value in database.iter_values() if isinstance(value, bytes))


class _Database:
    def __init__(self, content: bytes) -> None:
        if len(content) < 512:
            raise _Broken("it is not a Berkeley DB hash")
        for order in ("<", ">"):
            magic, _, size = struct.unpack_from(f"{order}III", content, 12)
            if magic == _HASH_MAGIC:
                break
        else:
            raise _Broken("it is not a Berkeley DB hash")
        if order == ">":
            raise _Broken("it was written on a machine of the other byte order")
        if not 512 <= size <= 65536 or size & (size - 1):
            raise _Broken("its pages have an impossible size")
        self._page_bytes = size
        self._content = content
        self._pages = int.from_bytes(content[32:36], "little") + 1  # "last_pgno" of the meta page

    def iter_values(self) -> Iterator["bytes | _Broken"]:
        """Yield what stands on hash pages under any key, without the count that rpm keeps under key 0."""
        held = len(self._content) // self._page_bytes
        for number in range(1, min(self._pages, held)):
            kind = self._content[number * self._page_bytes + 25]
            if kind in (_HASH_UNSORTED, _HASH):
                yield from self._iter_page(number)
        if held < self._pages:
            yield _Broken(f"{self._pages - held} of {self._pages} pages are missing: the file is cut")

    def _iter_page(self, number: int) -> Iterator["bytes | _Broken"]:
        page = self._page(number)
        entries = _HEAD.unpack_from(page)[3]
        if _HEAD_BYTES + 2 * entries > len(page):
            yield _Broken("a page has more entries than fit")
            return
        offsets = struct.unpack_from(f"<{entries}H", page, _HEAD_BYTES)
        for at in range(1, entries, 2):  # every second one is data, the others are keys
            try:
                value = self._item(page, offsets[at], offsets[at - 1])
            except _Broken as broken:
                yield broken
                continue
            if value is not None:
                yield value

    def _item(self, page: bytes, start: int, end: int) -> bytes | None:
        """One datum. Items are put down from the end of the page: one ends where that before it begins."""
        if not _HEAD_BYTES <= start < end <= len(page):
            raise _Broken("an entry reaches out of its page")
        kind = page[start]
        if kind == _OFF_PAGE:
            if start + 12 > len(page):
                raise _Broken("an entry reaches out of its page")
            first, size = struct.unpack_from("<II", page, start + 4)
            return self._overflow(first, size)
        if kind == _KEY_DATA:
            # Headers are longer than a quarter of a page and stand on pages of their own; what is short
            # enough to stand here is the last number that was given to a package.
            return page[start + 1 : end] if end - start > 64 else None
        raise _Broken("an entry is of a kind that rpm does not use")

    def _overflow(self, number: int, size: int) -> bytes:
        if size > _MAX_BLOB:
            raise _Broken("an entry is larger than any package")
        parts: list[bytes] = []
        seen: set[int] = set()
        while size > 0:
            if number in seen or number == 0:
                raise _Broken("the pages of a long entry end too early, or go round")
            seen.add(number)
            page = self._page(number)
            _, _, following, _, used, _, kind = _HEAD.unpack_from(page)
            part = page[_HEAD_BYTES : _HEAD_BYTES + min(used, size)]
            if kind != _OVERFLOW or not part:
                raise _Broken("a page of a long entry is of another kind")
            parts.append(part)
            size -= len(part)
            number = following
        return b"".join(parts)

    def _page(self, number: int) -> bytes:
        page = self._content[number * self._page_bytes : (number + 1) * self._page_bytes]
        if len(page) < self._page_bytes:
            raise _Broken("a page is missing: the file is cut")
        return page


CATALOGER = Cataloger(
    name=NAME,
    reads=("var/lib/rpm/Packages", "usr/lib/sysimage/rpm/Packages"),
    parse=parse_packages,
    max_bytes=512 << 20,
    owns=iter_owned_files,
    records=iter_all_files,
    asks=iter_asks,
)
