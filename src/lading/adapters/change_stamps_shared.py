"""Change stamps that all server processes of one machine share: a file of counters, mapped into memory.

    offset             content
    8 * slot           unsigned 64-bit counter, native byte order; slot = CRC-32 of the repository's name
                       modulo SLOTS

Repositories that share a slot only make each other's caches a little colder. The counters mean nothing
across a restart of the machine, and a file that is gone is made anew: caches live in processes.
"""

import fcntl
import mmap
import os
import threading
import zlib
from pathlib import Path

from lading.foundation.errors import Upstream

SLOTS = 1 << 16


class SharedStamps:
    """Counters in a file. Reading one is a load from memory; writing takes a lock on the file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._file = path.open("a+b")
        # Room for every page is taken now: touching one that a full disk has no room for is no error that
        # could be answered, but a signal (SIGBUS) that ends the process. Growing to the same size is the same
        # whoever does it first; nobody ever makes the file shorter.
        try:
            os.posix_fallocate(self._file.fileno(), 0, SLOTS * 8)
        except OSError as error:
            self._file.close()
            raise Upstream(
                "data-folder-full",
                f"there is no room for {path}: {error.strerror}",
                hint=f"free {SLOTS * 8 >> 10} KiB on the disk of the data folder, then start again",
            ) from error
        self._map = mmap.mmap(self._file.fileno(), SLOTS * 8)
        self._counters = memoryview(self._map).cast("Q")

    def stamp(self, repository: str) -> int:
        """Give the number as it is now."""
        return self._counters[_slot(repository)]

    def changed(self, repository: str) -> None:
        """Make the number another one."""
        slot = _slot(repository)
        # flock keeps other processes out, the lock other threads of this one: a lost count would be a change
        # that nobody notices.
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                self._counters[slot] = (self._counters[slot] + 1) & 0xFFFF_FFFF_FFFF_FFFF
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        self._counters.release()
        self._map.close()
        self._file.close()


def _slot(repository: str) -> int:
    return zlib.crc32(repository.encode()) % SLOTS
