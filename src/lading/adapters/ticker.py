"""A thread that does something every so often until it is stopped."""

import threading
from collections.abc import Callable


class Ticker:
    """Calls ``tick`` at once and then every ``seconds``. One that fails is told of, and the next comes."""

    def __init__(
        self, tick: Callable[[], None], *, seconds: float, complain: Callable[[Exception], None]
    ) -> None:
        self._tick = tick
        self._seconds = seconds
        self._complain = complain
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the tick that is under way."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                self._tick()
            except Exception as error:  # noqa: BLE001 - a worker loop: the next tick may work again
                self._complain(error)
            if self._stopped.wait(self._seconds):
                return
