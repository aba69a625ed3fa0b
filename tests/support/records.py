"""Fresh records of every kind, for contract and fault tests."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest

from lading.adapters.sql.engine import SqlRecords, open_memory, open_postgresql, open_sqlite
from lading.adapters.sql.tables import METADATA
from tests.support import postgres

KINDS = ("memory", "sqlite", "postgresql")
_numbers = itertools.count(1)


class PostgresDatabases:
    """Empty databases on one server, as many as asked for."""

    def __init__(self, url: str) -> None:
        self._url = url

        self._free: list[SqlRecords] = []

    def create(self) -> str:
        """Make an empty database and return its URL."""
        name = f"t{next(_numbers)}"
        with psycopg.connect(self._url.format(database="postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        return self._url.format(database=name)

    @contextmanager
    def lend_records(self) -> Iterator[SqlRecords]:
        """Empty records. They are emptied and lent again afterwards: making a database takes long."""
        records = self._free.pop() if self._free else open_postgresql(self.create())
        try:
            yield records
        finally:
            with records.engine.begin() as connection:
                tables = ", ".join(f'"{table}"' for table in METADATA.tables)
                connection.exec_driver_sql(f"TRUNCATE {tables} RESTART IDENTITY")
            self._free.append(records)

    def close(self) -> None:
        """Close what was lent."""
        while self._free:
            self._free.pop().close()


def serve_databases() -> Iterator[PostgresDatabases]:
    """Run one server, of the machine's programs or the package index's; skip where neither works."""
    reasons = []
    for source in (postgres.system_binaries, postgres.bundled_binaries):
        binaries = source()
        if binaries is None:
            reasons.append(f"no {source.__name__.replace('_', ' ')}")
            continue
        with ExitStack() as stack:
            try:
                url = stack.enter_context(postgres.running_server(binaries))
            except postgres.Unavailable as error:
                reasons.append(str(error))
                continue
            databases = PostgresDatabases(url)
            stack.callback(databases.close)
            yield databases
            return
    pytest.skip(f"no PostgreSQL: {'; '.join(reasons)}")


@contextmanager
def lend_records(kind: str, folder: Path, databases: Callable[[], PostgresDatabases]) -> Iterator[SqlRecords]:
    """Empty records of one of KINDS."""
    if kind == "postgresql":
        with databases().lend_records() as records:
            yield records
        return
    path = folder / "lading.db"
    if kind == "sqlite":
        path.write_bytes(_migrated_file())  # migrating is tested elsewhere, and takes longer than most tests
    records = open_sqlite(path) if kind == "sqlite" else open_memory()
    yield records
    records.close()


@cache
def _migrated_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "lading.db")
        open_sqlite(path).close()  # the last connection to close brings the log into the file
        return path.read_bytes()
