"""Work that waits until whoever makes it necessary has paused, in a thread of its own.

Analysing an image while the next one is pushed makes both slower. So what was noted is done when nothing was
noted for ``lull`` seconds, or when the oldest of it has waited for ``most`` seconds. It is not kept: whoever
notes must be able to find out anew what was to be done when the process ends before.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class AfterALull(Generic[T]):
    """Does ``work`` for each thing that was noted, in that order, each once in a round."""

    def __init__(
        self,
        work: Callable[[T], None],
        *,
        lull: float,
        most: float,
        complain: Callable[[Exception], None],
    ) -> None:
        self._work, self._lull, self._most, self._complain = work, lull, most, complain
        self._changed = threading.Condition()
        self._noted: dict[T, None] = {}
        self._first = self._last = 0.0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="after-a-lull", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """End after the work under way; what is left is dropped."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def note(self, thing: T) -> None:
        """Do the work for this later; returns at once."""
        with self._changed:
            self._last = time.monotonic()
            if not self._noted:
                self._first = self._last
                self._changed.notify()
            self._noted[thing] = None

    def _run(self) -> None:
        while (things := self._next_round()) is not None:
            for thing in things:
                if self._stopping:
                    return
                try:
                    self._work(thing)
                except Exception as error:  # noqa: BLE001 -- one thing must not keep the others from being done
                    self._complain(error)

    def _next_round(self) -> list[T] | None:
        with self._changed:
            while not self._stopping:
                if not self._noted:
                    self._changed.wait()
                    continue
                rest = min(self._last + self._lull, self._first + self._most) - time.monotonic()
                if rest <= 0:
                    things, self._noted = list(self._noted), {}
                    return things
                self._changed.wait(rest)
        return None
