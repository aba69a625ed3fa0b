"""Fresh records of every kind, for contract and fault tests."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from lading.adapters.sql.engine import SqlRecords, open_memory, open_postgresql, open_sqlite
from tests.support import postgres

KINDS = ("memory", "sqlite", "postgresql")
_numbers = itertools.count(1)


class PostgresDatabases:
    """Empty databases on one server, as many as asked for."""

    def __init__(self, url: str) -> None:
        self._url = url

    def create(self) -> str:
        """Make a database and return its URL."""
        name = f"t{next(_numbers)}"
        with psycopg.connect(self._url.format(database="postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self._url.format(database=name)


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
            yield PostgresDatabases(url)
            return
    pytest.skip(f"no PostgreSQL: {'; '.join(reasons)}")


def opener(kind: str, folder: Path, databases: Callable[[], PostgresDatabases]) -> Callable[[], SqlRecords]:
    """How to open one set of records of a kind; opening again gives the same records, memory apart."""
    if kind == "postgresql":
        url = databases().create()
        return lambda: open_postgresql(url)
    if kind == "sqlite":
        return lambda: open_sqlite(folder / "lading.db")
    return open_memory
