"""rpm's database as SQLite (rpm 4.16 and later): the table Packages(hnum INTEGER PRIMARY KEY, blob BLOB).

The file is read here and not by the SQLite library: it is hostile input, a parser gets bytes and no path, and
a database that was cut still has most of its pages. Format: sqlite.org/fileformat2.html.
"""

from collections.abc import Iterator

from lading.cataloging.analysis import Unreadable
from lading.cataloging.asking import Asker
from lading.cataloging.cataloger import Cataloger, Found
from lading.cataloging.recorded_file import RecordedFile
from lading.cataloging.rpm_header import NoHeader, iter_files, iter_owned, parse_header, read_asker

NAME = "rpm-sqlite"
_MAGIC = b"SQLite format 3\0"
_TABLE_INTERIOR, _TABLE_LEAF = 0x05, 0x0D
_MAX_BLOB = 256 << 20


class _Broken(Exception):
    """The file contradicts itself here."""


def parse_database(path: str, content: bytes) -> Iterator[Found]:
    """Yield the packages; each page that makes no sense is reported, and the others are read."""
    if not content:
        return  # rpm makes the file before it writes the first page
    try:
        database = _Database(content)
        root = database.find_table("packages")
    except _Broken as broken:
        yield Unreadable(path, NAME, str(broken))
        return
    for row in database.iter_rows(root):
        if isinstance(row, _Broken):
            yield Unreadable(path, NAME, str(row))
            continue
        blobs = [value for value in row if isinstance(value, bytes)]
        found = parse_header(blobs[-1]) if blobs else NoHeader("a row without a header")
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
        root = database.find_table("packages")
    except _Broken:
        return
    for row in database.iter_rows(root):
        blobs = [] if isinstance(row, _Broken) else [value for value in row if isinstance(value, bytes)]
        if blobs:
            yield blobs[-1]


class _Database:
    """Pages, trees and rows."""

    def __init__(self, content: bytes) -> None:
        if not content.startswith(_MAGIC) or len(content) < 512:
            raise _Broken("it is not an SQLite database")
        size = int.from_bytes(content[16:18], "big")  # section 1.3.2
        self._page_bytes = 65536 if size == 1 else size
        if self._page_bytes < 512 or self._page_bytes & (self._page_bytes - 1):
            raise _Broken("its pages have an impossible size")
        self._usable = self._page_bytes - content[20]
        if self._usable < 480:
            raise _Broken("its pages have no room")
        self._content = content

    def find_table(self, name: str) -> int:
        """The root page of a table, out of sqlite_schema, which is the tree of page 1 (section 2.6)."""
        for row in self.iter_rows(1):
            if isinstance(row, _Broken) or len(row) < 4:
                continue
            kind, table, _, root = row[:4]
            if not isinstance(table, bytes) or not isinstance(root, int):
                continue
            if kind == b"table" and table.lower() == name.encode() and root > 0:
                return root
        raise _Broken(f"it has no readable table {name}")

    def iter_rows(self, root: int) -> Iterator["tuple[bytes | int | None, ...] | _Broken"]:
        """Yield the rows of a table in order; a page comes once, so that trees with loops end."""
        seen: set[int] = set()
        pending = [root]
        while pending:
            number = pending.pop()
            if number in seen:
                yield _Broken("a page stands twice in a tree")
                continue
            seen.add(number)
            try:
                kind, cells, right = self._read_page(number)
            except _Broken as broken:
                yield broken
                continue
            page = self._page(number)
            if kind == _TABLE_INTERIOR:
                children = [int.from_bytes(page[at : at + 4], "big") for at in cells]
                pending.extend([right, *reversed(children)])
                continue
            for at in cells:
                try:
                    yield self._read_row(page, at)
                except _Broken as broken:
                    yield broken

    def _page(self, number: int) -> bytes:
        start = (number - 1) * self._page_bytes
        page = self._content[start : start + self._page_bytes]
        if number < 1 or len(page) < self._page_bytes:
            raise _Broken("a page is missing: the file is cut")
        return page

    def _read_page(self, number: int) -> tuple[int, list[int], int]:
        """The kind of a page, where its cells begin, and the rightmost child (section 1.6)."""
        page = self._page(number)
        head = 100 if number == 1 else 0
        kind = page[head]
        if kind not in (_TABLE_INTERIOR, _TABLE_LEAF):
            raise _Broken("a page in a table's tree is of another kind")
        count = int.from_bytes(page[head + 3 : head + 5], "big")
        right = int.from_bytes(page[head + 8 : head + 12], "big")
        first = head + (12 if kind == _TABLE_INTERIOR else 8)
        if first + 2 * count > len(page):
            raise _Broken("a page has more cells than fit")
        cells = [int.from_bytes(page[at : at + 2], "big") for at in range(first, first + 2 * count, 2)]
        return kind, cells, right

    def _read_row(self, page: bytes, at: int) -> tuple[bytes | int | None, ...]:
        """One cell of a leaf: size, rowid, payload, perhaps on overflow pages (section 1.6)."""
        size, at = _varint(page, at)
        _, at = _varint(page, at)
        if size > _MAX_BLOB:
            raise _Broken("a row is larger than any package")
        local = self._local_bytes(size)
        payload = page[at : at + local]
        if len(payload) < local:
            raise _Broken("a row reaches out of its page")
        if local < size:
            payload += self._overflow(page[at + local : at + local + 4], size - local)
        return _read_record(payload)

    def _local_bytes(self, size: int) -> int:
        """How much of a payload is on the leaf itself (section 1.6, "B-tree Cell Format")."""
        most = self._usable - 35
        if size <= most:
            return size
        least = (self._usable - 12) * 32 // 255 - 23
        wanted = least + (size - least) % (self._usable - 4)
        return wanted if wanted <= most else least

    def _overflow(self, link: bytes, size: int) -> bytes:
        parts: list[bytes] = []
        seen: set[int] = set()
        number = int.from_bytes(link, "big")
        while size > 0:
            if number in seen or number == 0:
                raise _Broken("the pages of a long row end too early, or go round")
            seen.add(number)
            page = self._page(number)
            part = page[4 : min(self._usable, 4 + size)]
            parts.append(part)
            size -= len(part)
            number = int.from_bytes(page[:4], "big")
        return b"".join(parts)


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends (section 1.6)."""
    value = 0
    for count in range(9):
        if at >= len(raw):
            raise _Broken("a number reaches out of its place")
        byte = raw[at]
        at += 1
        if count == 8:
            return value << 8 | byte, at
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            break
    return value, at


def _read_record(payload: bytes) -> tuple[bytes | int | None, ...]:
    """The columns: integers, and text and blobs as bytes (section 2.1); floats are left out."""
    head_bytes, at = _varint(payload, 0)
    if head_bytes > len(payload):
        raise _Broken("a row's header is longer than the row")
    kinds: list[int] = []
    while at < head_bytes:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    columns: list[bytes | int | None] = []
    at = head_bytes
    for kind in kinds:
        size = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)[kind] if kind < 12 else (kind - 12) // 2
        value = payload[at : at + size]
        if len(value) < size:
            raise _Broken("a column reaches out of its row")
        at += size
        if kind >= 12:
            columns.append(value)
        elif kind in (8, 9):
            columns.append(kind - 8)
        elif 1 <= kind <= 6:
            columns.append(int.from_bytes(value, "big", signed=True))
        else:
            columns.append(None)
    return tuple(columns)


CATALOGER = Cataloger(
    name=NAME,
    reads=("var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite", "usr/share/rpm/rpmdb.sqlite"),
    parse=parse_database,
    max_bytes=512 << 20,
    owns=iter_owned_files,
    records=iter_all_files,
    asks=iter_asks,
)
