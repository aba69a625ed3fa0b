"""Change stamps for servers on many machines that share one PostgreSQL: it tells all of them of each change.

1. Who changes a repository notifies in the transaction that changes it, so nobody hears of what was not kept,
   and everybody hears of what was, right after it was.
2. A server listens on a connection of its own. What it hears it tells the stamps of its machine.
3. While it cannot listen, nothing is what it was a moment ago: each stamp is another one, and caches keep
   nothing. When it listens again every stamp is another one, because of what it may have missed.
4. A connection that is dead without saying so is found out by a question every two seconds, which must be
   answered in three.
"""

import itertools
import threading
from collections.abc import Callable

import psycopg
from psycopg import sql

from lading.adapters.sql.changes import CHANNEL
from lading.ports.change_stamps import ChangeStamps

_ASK_SECONDS = 2.0
_AGAIN_SECONDS = 0.5  # between two tries to connect
_MISSED = 1 << 64  # added to every stamp each time that something may have been missed


class ListeningStamps:
    """The stamps of a machine, with what others have changed."""

    def __init__(self, own: ChangeStamps, url: str, complain: Callable[[str], None]) -> None:
        """``own`` are changed by this machine's servers themselves. ``url`` is ``postgresql://…``."""
        self._own, self._url, self._complain = own, url, complain
        self._listening = threading.Event()
        self._stopped = threading.Event()
        self._times = 0
        self._never = itertools.count(-1, -1)
        self._thread = threading.Thread(target=self._run, name="stamps", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stamp(self, repository: str) -> int:
        """Give the number as it is now (rule 3)."""
        if not self._listening.is_set():
            return next(self._never)
        return self._times * _MISSED + self._own.stamp(repository)

    def changed(self, repository: str) -> None:
        """Make the number another one, here; the transaction has told the others."""
        self._own.changed(repository)

    def wait(self, seconds: float) -> bool:
        """Wait until it listens; say whether it does."""
        return self._listening.wait(seconds)

    def close(self) -> None:
        """Stop listening."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except psycopg.Error as error:
                self._complain(str(error).strip().partition("\n")[0])
            finally:
                self._listening.clear()
            self._stopped.wait(_AGAIN_SECONDS)

    def _listen(self) -> None:
        with psycopg.connect(
            self._url, autocommit=True, connect_timeout=3, tcp_user_timeout=3000
        ) as connection:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            self._times += 1
            self._listening.set()
            while not self._stopped.is_set():
                for heard in connection.notifies(timeout=_ASK_SECONDS):
                    self._own.changed(heard.payload)
                connection.execute("SELECT 1")
