"""The process that reads one layer: descriptor 0 is the blob, 1 takes the result, 2 takes a traceback.

Started by analyser_process or forked by analyser_nursery, with no environment, and confined before the first
byte of the blob is read.
"""

import ctypes
import io
import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from typing import NoReturn

import msgspec

from lading.adapters.confinement import Limits, confine, leave
from lading.cataloging.analysis import LayerAnalysis
from lading.cataloging.layer import Analyser
from lading.cataloging.secrets.searching import may_mark_secret
from lading.foundation.errors import OverLimit
from lading.image.limits import ReadingLimits
from lading.oci.digest import Digest

DONE, CRASHED, OUT_OF_MEMORY = 0, 10, 11
_M_ARENA_MAX = -8  # malloc.h of glibc
_AHEAD = 4  # chunks that are made before they are asked for
_ASIDE = 16  # pieces of content that wait to be digested, each of one chunk at the most


class Job(msgspec.Struct, frozen=True):
    """What the worker is told, as JSON in its second argument."""

    diff_id: str
    memory_bytes: int
    seconds: float  # until it stops by itself with what it has
    result_bytes: int
    limits: ReadingLimits
    describe: bool = False  # only say how the process is confined


def main(argument: str) -> None:
    """Do one job and end the process."""
    job = msgspec.json.decode(argument.encode(), type=Job)
    prepare()
    work(job)


def prepare() -> None:
    """Load all that Python loads late, while files can still be opened, and compile what all layers need.

    No thread is left when it returns.
    """
    _save_address_space()
    _warm_up()


def work(job: Job) -> NoReturn:
    """Do one job in this process, which is prepared and has one thread, and end it."""
    try:
        done = confine(Limits(job.memory_bytes, int(job.seconds * 2) + 2))
        result = msgspec.msgpack.encode(done if job.describe else _analyse(job))
        _write(result)
        status = DONE
    except MemoryError:
        status = OUT_OF_MEMORY
    except Exception:  # noqa: BLE001 - the worker loop: whatever a parser does wrong ends here, in its process
        os.write(2, traceback.format_exc()[-4000:].encode("utf-8", "replace"))
        status = CRASHED
    leave(status)


def _analyse(job: Job) -> LayerAnalysis:
    deadline = time.monotonic() + job.seconds

    def check() -> None:
        if time.monotonic() > deadline:
            raise OverLimit("time-used-up", f"reading it takes more than the {job.seconds:g} seconds allowed")

    analyser = Analyser(limits=job.limits, check=check, ahead=_in_thread, aside=_AsideThread)
    return analyser.analyse(Digest.parse(job.diff_id), _open_blob)


class _Blob:
    """Descriptor 0, from its first byte."""

    def read(self, size: int = -1, /) -> bytes:
        return os.read(0, size if size >= 0 else 1 << 20)


def _open_blob() -> _Blob:
    os.lseek(0, 0, os.SEEK_SET)
    return _Blob()


def _in_thread(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Make chunks in another thread, some ahead: decompressing and digesting both leave the interpreter."""
    ready: deque[bytes | BaseException | None] = deque()
    free, filled = threading.Semaphore(_AHEAD), threading.Semaphore(0)

    def make() -> None:
        end: BaseException | None = None
        try:
            for chunk in chunks:
                free.acquire()
                ready.append(chunk)
                filled.release()
        except BaseException as error:  # noqa: BLE001 - passed on to the thread that waits for the chunk
            end = error
        ready.append(end)
        filled.release()

    threading.Thread(target=make, daemon=True).start()
    while True:
        filled.acquire()
        chunk = ready.popleft()
        if isinstance(chunk, BaseException):
            raise chunk
        if chunk is None:
            return
        yield chunk
        free.release()


class _AsideThread:
    """Do tasks in another thread, in order; digesting leaves the interpreter. Ends with the process."""

    def __init__(self) -> None:
        self._tasks: deque[Callable[[], None]] = deque()
        self._free, self._filled = threading.Semaphore(_ASIDE), threading.Semaphore(0)
        self._failed: BaseException | None = None
        threading.Thread(target=self._run, daemon=True).start()

    def do(self, task: Callable[[], None]) -> None:
        """Do the task later; wait while there are many."""
        self._free.acquire()
        self._tasks.append(task)
        self._filled.release()

    def wait(self) -> None:
        """Return when all is done; raises what a task raised."""
        for _ in range(_ASIDE):
            self._free.acquire()
        self._free.release(_ASIDE)
        if self._failed is not None:
            raise self._failed

    def _run(self) -> None:
        while True:
            self._filled.acquire()
            try:
                self._tasks.popleft()()
            except BaseException as error:  # noqa: BLE001 - passed on to the thread that waits for the tasks
                self._failed = error
            self._free.release()


def _save_address_space() -> None:
    """Let threads share one heap: glibc would reserve 64 MiB for each, which count against the limit."""
    threading.stack_size(1 << 20)
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none, and no such heaps
    if set_option is not None:
        set_option(_M_ARENA_MAX, 1)


def _warm_up() -> None:
    analyser = Analyser()
    analyser.analyse(Digest.of(b""), lambda: io.BytesIO(b"\xff" * 600))
    for sample in (b"\0", b"text"):
        may_mark_secret("", sample)
        may_mark_secret("usr/share/x", sample)
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    for codec in ("backslashreplace", "replace"):
        b"\xff".decode("utf-8", codec)
    try:
        raise ValueError
    except ValueError:
        traceback.format_exc()


def _write(result: bytes) -> None:
    rest = memoryview(result)
    while rest:
        rest = rest[os.write(1, rest) :]


if __name__ == "__main__":
    main(sys.argv[1])
