"""In which layers files stand, by their path: names and folders once each, and which layer has which.

Names and folders are numbered by their own digests, so that nothing has to be looked up to write a layer, and
what two layers have in common is written once.
"""

import hashlib
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from lading.adapters.sql.columns import escape_text, unescape_text
from lading.adapters.sql.connection import in_batches, one_of_numbers
from lading.adapters.sql.paging import starts_with
from lading.adapters.sql.tables.contents import FILE_FOLDER, FILE_NAME, LAYER_PATH
from lading.adapters.sql.writing import insert_new
from lading.foundation.errors import OverLimit
from lading.image.file_list import FileEntry, FileKind
from lading.matching.path_pattern import fits_part, path_matcher

MAX_NAMES = 5_000  # different names of files that one pattern may mean
MAX_PLACES = 200_000  # of files by that name, in all layers
_SHOWN = frozenset({FileKind.FILE, FileKind.HARD_LINK, FileKind.SYMBOLIC_LINK})


def index_paths(connection: sa.Connection, layer_id: int, entries: Iterable[FileEntry]) -> None:
    """Note where the files of a layer stand.

    A name that is longer than an index takes is left out of it: no file system has one.
    """
    paths = {entry.path.rpartition("/")[::2] for entry in entries if entry.kind in _SHOWN}
    names, folders = {name for _, name in paths}, {folder for folder, _ in paths}
    for table, column, texts in ((FILE_NAME, "name", names), (FILE_FOLDER, "path", folders)):
        for batch in in_batches(sorted(texts), size=5_000):
            insert_new(connection, table, [{"id": number_of(text), column: text} for text in batch])
    rows = sorted((number_of(name), number_of(folder)) for folder, name in paths)
    for part in in_batches(rows, size=20_000):
        insert_new(
            connection,
            LAYER_PATH,
            [{"name_id": name, "folder_id": folder, "layer_id": layer_id} for name, folder in part],
        )


def number_of(text: str) -> int:
    """A number that stands for a text: 64 bits of its BLAKE2b, as both databases hold them."""
    return int.from_bytes(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True
    )


def layers_with_path(connection: sa.Connection, pattern: str) -> dict[int, str]:
    """Layers that have a file at such a path, with the first of them by name. Raises OverLimit."""
    fitting = path_matcher(pattern)
    names = _names(connection, pattern.rpartition("/")[2])
    columns = LAYER_PATH.c
    wanted = (
        sa.select(columns.name_id, columns.folder_id, columns.layer_id)
        .where(columns.name_id.in_(one_of_numbers(connection, names)))
        .limit(MAX_PLACES + 1)
    )
    rows = connection.execute(wanted).all()
    if len(rows) > MAX_PLACES:
        raise _too_common(pattern, f"more than {MAX_PLACES} files")
    folders = _folders(connection, {row.folder_id for row in rows})
    paths: dict[int, str] = {}
    fits: dict[tuple[int, int], str] = {}
    for name_id, folder_id, layer_id in rows:
        path = fits.get((name_id, folder_id))
        if path is None:
            folder = folders[folder_id]
            path = f"{folder}/{names[name_id]}" if folder else names[name_id]
            path = fits[name_id, folder_id] = path if fitting(path) else ""
        if path and (layer_id not in paths or path < paths[layer_id]):
            paths[layer_id] = path
    return paths


def _names(connection: sa.Connection, pattern: str) -> dict[int, str]:
    if "*" not in pattern:
        return {number_of(pattern): pattern}
    literal = pattern.partition("*")[0]
    wanted = sa.select(FILE_NAME.c.id, FILE_NAME.c.name)
    if literal:
        wanted = wanted.where(starts_with(FILE_NAME.c.name, literal))
    longest = max(pattern.split("*"), key=len)
    wanted = wanted.where(
        sa.type_coerce(FILE_NAME.c.name, sa.Text).contains(escape_text(longest), autoescape=True)
    )
    found = {row.id: row.name for row in connection.execute(wanted) if fits_part(row.name, pattern)}
    if len(found) > MAX_NAMES:
        raise _too_common(pattern, f"{len(found)} names of files")
    return found


def _folders(connection: sa.Connection, numbers: Iterable[int]) -> dict[int, str]:
    def read() -> Iterator[tuple[int, str]]:
        wanted = sa.select(FILE_FOLDER.c.id, sa.type_coerce(FILE_FOLDER.c.path, sa.Text)).where(
            FILE_FOLDER.c.id.in_(one_of_numbers(connection, sorted(numbers)))
        )
        for number, path in connection.execute(wanted):
            yield number, unescape_text(path)

    return dict(read())


def _too_common(pattern: str, what: str) -> OverLimit:
    return OverLimit(
        "path-too-common",
        f"{pattern[:80]!r} means {what}",
        hint="say more of the file's name, or ask for the package that has it",
    )
