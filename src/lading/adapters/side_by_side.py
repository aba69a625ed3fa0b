"""Pieces of work that run at the same time, each name by one thread at a time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class SideBySide:
    """Work under names. A name whose work is under way is not begun again, and holds up no other name.

    Threads come as they are needed, ``most`` at the most. Work that fails is told of.
    """

    def __init__(self, *, most: int, complain: Callable[[Exception], None]) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="side-by-side")
        self._complain = complain
        self._lock = threading.Lock()
        self._under_way: set[str] = set()

    def begin(self, name: str, work: Callable[[], None]) -> bool:
        """Begin, or give False where the name's work is under way."""
        with self._lock:
            if name in self._under_way:
                return False
            self._under_way.add(name)
        self._pool.submit(self._run, name, work)
        return True

    def stop(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - a worker: the next piece of work may succeed
            self._complain(error)
        finally:
            with self._lock:
                self._under_way.discard(name)
