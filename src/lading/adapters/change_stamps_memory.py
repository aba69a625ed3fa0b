"""Change stamps for a server of one process."""

import threading


class MemoryStamps:
    """Counts of changes by repository. Grows with the number of repositories that were written to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}

    def stamp(self, repository: str) -> int:
        """Give the number as it is now."""
        return self._counts.get(repository, 0)

    def changed(self, repository: str) -> None:
        """Make the number another one."""
        with self._lock:
            self._counts[repository] = self._counts.get(repository, 0) + 1
