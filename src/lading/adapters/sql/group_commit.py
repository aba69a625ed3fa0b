"""One commit for all writers that wait at the same time, for a database that has one writer anyway.

What is acknowledged has to be on disk, and the disk takes as long for one transaction as for thirty.

1. Blocks take turns. Each is a savepoint in a transaction that the first of them begins.
2. Who ends a block while nobody waits, or ends the MOST-th block of a transaction, commits it; the others of
   that transaction wait for this commit, and only then is anybody told that a block was kept.
3. A block that raises is rolled back to its savepoint. It sees, and leaves, what the others wrote.
4. A block that is long by its nature has a transaction to itself, so that nobody waits for its commit but it.
5. A commit that fails, or a transaction that the database has given up, fails for each of its blocks.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa

from lading.adapters.sql.connection import WRITING

MOST = 32  # blocks of one transaction: nobody waits for more than these


class GroupCommit:
    """The writers of one engine. ``patience`` is how many seconds one waits for its turn."""

    def __init__(
        self, engine: sa.Engine, *, patience: float, too_long: Callable[[], Exception], most: int = MOST
    ) -> None:
        self._engine, self._patience, self._too_long, self._most = engine, patience, too_long, most
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._waiting = 0
        self._open: _Transaction | None = None  # touched by who has the turn

    @contextmanager
    def block(self, *, alone: bool = False) -> Iterator[sa.Connection]:
        """Run one block; at its end it is on disk."""
        self._take_turn(alone)
        transaction: _Transaction | None = None
        try:
            if alone:
                self._commit_open()
            transaction = self._open = self._open or _Transaction(self._engine)
            with transaction.savepoint():
                yield transaction.connection
        finally:
            self._end_turn(transaction, alone=alone)
        transaction.wait()

    def _commit_open(self) -> None:
        """Rule 4. A failure is for the blocks of that transaction, and each of them is told."""
        left, self._open = self._open, None
        if left is not None:
            left.end()

    def _take_turn(self, alone: bool) -> None:
        counted = 0 if alone else 1  # nobody leaves a transaction open for who would not come into it
        with self._counting:
            self._waiting += counted
        taken = self._turn.acquire(timeout=self._patience)
        with self._counting:
            self._waiting -= counted
            # Who had the turn may have left its transaction open for this one, which now goes away.
            left = not taken and self._turn.acquire(blocking=False)
        if left:
            self._end_turn(self._open, alone=False)
        if not taken:
            raise self._too_long()

    def _end_turn(self, transaction: "_Transaction | None", *, alone: bool) -> None:
        """Rule 2."""
        with self._counting:  # counted and given on at once: nobody can stop waiting in between
            others = self._waiting and not alone
            if transaction is None or (others and transaction.may_go_on(self._most)):
                self._turn.release()
                return
        try:
            self._open = None
            transaction.end()
        finally:
            self._turn.release()


class _Transaction:
    """One transaction of the database, shared by blocks that come one after the other."""

    def __init__(self, engine: sa.Engine) -> None:
        self.connection = engine.connect()
        self._blocks = 0
        self._ended = threading.Event()
        self._failure: BaseException | None = None
        try:
            self.connection.execution_options(**{WRITING: True})
            self._whole = self.connection.begin()
        except BaseException:
            self.connection.close()
            raise

    def may_go_on(self, most: int) -> bool:
        """Whether one more block may come into it."""
        return self._failure is None and self._blocks < most

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Rules 1 and 3."""
        self._blocks += 1
        nested = self.connection.begin_nested()
        try:
            yield
        except BaseException as error:
            try:
                nested.rollback()
            except Exception:  # noqa: BLE001 -- what the block wrote may still be there: rule 5
                self._failure = error
            if not self._is_under_way():
                self._failure = error
            raise
        try:
            nested.commit()
        except BaseException as error:
            self._failure = error
            raise

    def end(self) -> None:
        """Commit, or give up, and let go of everybody who waits."""
        try:
            if self._failure is None:
                self._whole.commit()
        except Exception as error:  # noqa: BLE001 -- carried to every block of the transaction, and raised there
            self._failure = error
        finally:
            if self._failure is not None:
                with suppress(Exception):
                    self.connection.invalidate()
            self.connection.close()
            self._ended.set()

    def wait(self) -> None:
        """Return when the transaction is on disk; raise what kept it from getting there."""
        self._ended.wait()
        if self._failure is not None:
            raise self._failure

    def _is_under_way(self) -> bool:
        """Whether the database still has the transaction: some errors make SQLite give up all of it."""
        driver = self.connection.connection.driver_connection
        return bool(getattr(driver, "in_transaction", True))
