"""Transactions over SQLite and PostgreSQL.

1. A write block is one transaction; on SQLite it takes the write lock at once (BEGIN IMMEDIATE), so that it
   cannot fail half-way because another writer came first.
2. What was committed is on disk before the block ends (WAL with synchronous=FULL; PostgreSQL's default).
   On SQLite, blocks that wait for each other are committed together (``group_commit``).
3. A read block sees one state of the database and cannot write.
4. Blocks do not nest within a thread.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from lading.adapters.sql.changes import tell_other_servers
from lading.adapters.sql.connection import WRITING
from lading.adapters.sql.group_commit import GroupCommit
from lading.adapters.sql.record_set import SqlRecordSet
from lading.adapters.sql.registry_repositories import changed_repositories
from lading.adapters.sql.schema import upgrade
from lading.foundation.errors import Conflict, Upstream

BUSY_TIMEOUT = 30.0  # seconds that a writer waits for another
CACHE_KIB = 32 << 10  # pages that a connection keeps: an index that is written all over fits
POOL_SIZE = 10  # connections kept open; as many again are made when all are taken
# SQLSTATE by its beginning: lost connections, rolled back by the server, out of resources, lock not had, shut
# down, input or output failed.
_POSTGRESQL_FAULTS = ("08", "40", "53", "55P03", "57P0", "58")
_SQLITE_FAULTS = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    }
)

_COPYING = threading.Lock()
OnRepositoryChange: TypeAlias = Callable[[str], None]
"""Told of a repository after a block that changed its tags, manifests or blobs was committed."""


class SqlRecords:
    """Records behind a SQLAlchemy engine; see ``lading.ports.records.record_set.Records``."""

    def __init__(self, engine: sa.Engine, on_change: OnRepositoryChange = lambda _repository: None) -> None:
        self.engine = engine
        # Where there is a file, readers have connections of their own, which cannot write at all.
        self._reading = _reading_engine(engine)
        self._on_change = on_change
        self._thread = threading.local()
        # A database in memory has one connection, and nothing to wait for: everybody takes turns.
        in_memory = isinstance(engine.pool, StaticPool)
        self._turns: AbstractContextManager[None] = _Turns() if in_memory else nullcontext()
        self._group = (
            GroupCommit(engine, patience=BUSY_TIMEOUT, too_long=_too_long)
            if engine.dialect.name == "sqlite" and not in_memory
            else None
        )

    @contextmanager
    def read(self) -> Iterator[SqlRecordSet]:
        """One consistent view."""
        with self._alone(), self._turns, _translated(), self._reading.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            guarded = _query_only(connection) if self._reading is self.engine else nullcontext()
            with connection.begin(), guarded:
                yield SqlRecordSet(connection)

    @contextmanager
    def write(self, *, long: bool = False) -> Iterator[SqlRecordSet]:
        """One transaction."""
        changed: set[str] = set()
        with self._alone(), self._turns, _translated(), self._block(long) as connection:
            changes = changed_repositories(connection)
            changes.clear()
            yield SqlRecordSet(connection)
            changed |= changes
            tell_other_servers(connection, changes)
        for repository in changed:
            self._on_change(repository)

    def _block(self, long: bool) -> AbstractContextManager[sa.Connection]:
        return self._group.block(alone=long) if self._group is not None else self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        with self.engine.connect() as connection:
            connection.execution_options(**{WRITING: True})
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close every connection."""
        self._reading.dispose()
        self.engine.dispose()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Rule 4."""
        if getattr(self._thread, "in_block", False):
            raise RuntimeError("blocks of records do not nest: end the one before first")
        self._thread.in_block = True
        try:
            yield
        finally:
            self._thread.in_block = False


class _Turns:
    """A queue in this process: waiting on a lock is fair and quick, SQLite's own waiting is polling."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=BUSY_TIMEOUT):
            raise _too_long()

    def __exit__(self, *_error: object) -> None:
        self._lock.release()


def open_sqlite(path: Path, on_change: OnRepositoryChange = lambda _repository: None) -> SqlRecords:
    """Open or create the database file, and bring its schema up to date."""
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
    )
    _prepare_sqlite(engine, durable=True)
    return _open(engine, on_change)


def open_memory(on_change: OnRepositoryChange = lambda _repository: None) -> SqlRecords:
    """Records that are gone with the process: one SQLite database in memory, one block at a time."""
    engine = _memory_engine()
    with _COPYING:
        # Copying an empty database of today's schema takes a hundredth of the time that migrating one takes.
        _driver_connection(_migrated_memory()).backup(_driver_connection(engine))
    return SqlRecords(engine, on_change)


def _memory_engine() -> sa.Engine:
    engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    _prepare_sqlite(engine, durable=False)
    return engine


@cache
def _migrated_memory() -> sa.Engine:
    engine = _memory_engine()
    upgrade(engine)
    return engine


def _driver_connection(engine: sa.Engine) -> sqlite3.Connection:
    """The one connection of a database in memory."""
    with closing(engine.raw_connection()) as pooled:
        found = pooled.driver_connection
    assert isinstance(found, sqlite3.Connection)
    return found


def open_postgresql(url: str, on_change: OnRepositoryChange = lambda _repository: None) -> SqlRecords:
    """Connect to ``postgresql://user@host/database``, and bring its schema up to date."""
    engine = sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_pre_ping=True,
    )
    return _open(engine, on_change)


def _reading_engine(engine: sa.Engine) -> sa.Engine:
    """Rule 3 for a SQLite file: connections that were made read-only once, not for each block."""
    if engine.dialect.name != "sqlite" or isinstance(engine.pool, StaticPool):
        return engine
    reading = sa.create_engine(
        engine.url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
    )
    _prepare_sqlite(reading, durable=True)

    @sa.event.listens_for(reading, "connect")
    def _forbid_writing(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    return reading


def _open(engine: sa.Engine, on_change: OnRepositoryChange) -> SqlRecords:
    with ExitStack() as opening, _translated():
        opening.callback(engine.dispose)
        upgrade(engine)
        opening.pop_all()
    return SqlRecords(engine, on_change)


def _prepare_sqlite(engine: sa.Engine, *, durable: bool) -> None:
    @sa.event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions are ours: the module would begin them too late
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT * 1000)}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        if durable:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writing = connection.get_execution_options().get(WRITING, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def _query_only(connection: sa.Connection) -> Iterator[None]:
    """Rule 3, where the database has no read-only transactions."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA query_only = ON")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA query_only = OFF")


@contextmanager
def _translated() -> Iterator[None]:
    """Say what the caller can act on: try again, or mend the program."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        original = error.orig
        state: str = getattr(original, "sqlstate", None) or ""
        if state == "25006" or "attempt to write a readonly database" in str(original):
            raise RuntimeError("records were written in a read block") from error
        if isinstance(error, sa.exc.IntegrityError):
            raise Conflict(
                "records-changed",
                f"another change came in between: {_first_line(original)}",
                hint="look at how things stand now, and try again",
            ) from error
        if _is_of_the_database(error, state):
            raise _unavailable(_first_line(original)) from error
        raise
    except sa.exc.TimeoutError as error:
        raise _unavailable("every connection was taken for too long") from error


def _first_line(error: object) -> str:
    return str(error).strip().partition("\n")[0]


def _is_of_the_database(error: sa.exc.DBAPIError, state: str) -> bool:
    """Whether the database could not, rather than was asked for nonsense."""
    if isinstance(error.orig, sqlite3.Error):
        # Extended codes hold the primary one in their lowest byte (sqlite.org/rescode.html).
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_FAULTS
    if error.connection_invalidated or state.startswith(_POSTGRESQL_FAULTS):
        return True
    # psycopg gives no SQLSTATE where the server could not be reached at all.
    return isinstance(error, sa.exc.OperationalError) and not state


def _too_long() -> Upstream:
    return _unavailable("others held it for too long")


def _unavailable(reason: str) -> Upstream:
    return Upstream(
        "records-unavailable",
        f"the database did not do its part: {reason}",
        hint="try again; if it goes on, look at the database's disk and its log",
    )
