"""Pulls counted in memory."""

import threading
from collections.abc import Mapping
from datetime import datetime

from lading.registry.pulls import Pulls

_MOST = 50_000  # names between two writings; more are not counted, the bound of memory being worth more


class MemoryPullLog:
    """See ``lading.ports.pull_log.PullLog``. A pull costs an entry of a dictionary."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pulls: dict[tuple[str, str], Pulls] = {}

    def note(self, repository: str, name: str, at: datetime) -> None:
        """Count one pull."""
        key = (repository, name)
        with self._lock:
            before = self._pulls.get(key)
            if before is not None:
                self._pulls[key] = Pulls(max(at, before.last_at), before.number + 1)
            elif len(self._pulls) < _MOST:
                self._pulls[key] = Pulls(at, 1)

    def drain(self) -> Mapping[tuple[str, str], Pulls]:
        """Give what was counted, and begin anew."""
        with self._lock:
            drained, self._pulls = self._pulls, {}
        return drained
