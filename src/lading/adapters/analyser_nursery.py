"""A process that has the analyser loaded, and forks itself for each layer (Linux).

Starting Python, importing the analyser and compiling its patterns takes half a second of processor time, a
fork takes a few milliseconds. What a worker may do is the same either way:

1. The nursery has no environment and no open file but its end of a socket to its starter. It never reads a
   byte of a layer, and has one thread only, so that forking is safe.
2. The starter sends a job with four descriptors: the blob, where the result goes, where complaints go, and a
   leash. The child keeps the first three as 0, 1 and 2, closes everything else, and confines itself before it
   reads: it is the worker of analyser_worker from there on.
3. The nursery answers on the leash with the child's status when it has ended. When the starter lets the leash
   go, by closing its end or by dying, the child is killed: by its descriptor, so it is no other process.
4. The nursery ends when its starter closes the socket or dies, and its children with it. It ends by itself
   when it had nothing to do for a while; its starter then starts another.

Workers of one nursery share the layout of their memory and the seed of Python's hashes. Neither helps a layer
to reach another: a worker can send nothing but its own result.
"""

import contextlib
import gc
import os
import select
import signal
import socket
import sys
from dataclasses import dataclass

import msgspec

from lading.adapters.analyser_worker import Job, prepare, work

MAX_JOB = 64 << 10  # bytes of a job as JSON
STATUS_BYTES = 4
IDLE = 60.0  # seconds
_DESCRIPTORS = 4
_MOST_DESCRIPTORS = 1 << 16  # more than a nursery ever has


@dataclass(frozen=True, slots=True)
class _Child:
    """A worker under way; ``ended`` is a descriptor that can be read once it has ended."""

    number: int
    ended: int
    leash: int


def main(descriptor: str) -> None:
    """Serve the starter at the other end of a socket until it is gone, or nothing was to do for a while."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's interrupt is for the starter
    prepare()
    gc.freeze()  # what is shared stays shared: collecting would write to it
    _Nursery(socket.socket(fileno=int(descriptor))).serve()


class _Nursery:
    def __init__(self, starter: socket.socket) -> None:
        self._starter = starter
        self._children: list[_Child] = []

    def serve(self) -> None:
        while True:
            poll = select.poll()
            poll.register(self._starter, select.POLLIN)
            for child in self._children:
                poll.register(child.ended, select.POLLIN)
                poll.register(child.leash, select.POLLIN)
            ready = {place for place, _ in poll.poll(int(IDLE * 1000))}
            if not ready and not self._children:
                return
            for child in [each for each in self._children if {each.ended, each.leash} & ready]:
                self._see_off(child, alive=child.ended not in ready)
            if self._starter.fileno() in ready and not self._take_job():
                return

    def _take_job(self) -> bool:
        """Step 2; False when the starter is gone."""
        raw, descriptors, _, _ = socket.recv_fds(self._starter, MAX_JOB, _DESCRIPTORS)
        if not raw:
            return False
        *streams, leash = descriptors
        number = os.fork()
        if number == 0:
            self._become_worker(raw, streams)
        for stream in streams:
            os.close(stream)
        self._children.append(_Child(number, os.pidfd_open(number), leash))
        return True

    def _become_worker(self, raw: bytes, streams: list[int]) -> None:
        for standard, stream in enumerate(streams):
            os.dup2(stream, standard)
        os.closerange(len(streams), _MOST_DESCRIPTORS)
        work(msgspec.json.decode(raw, type=Job))

    def _see_off(self, child: _Child, *, alive: bool) -> None:
        """Step 3."""
        if alive:
            signal.pidfd_send_signal(child.ended, signal.SIGKILL)
        _, status = os.waitpid(child.number, 0)
        code = os.waitstatus_to_exitcode(status)
        with contextlib.suppress(OSError):  # the starter may not want to know any more
            os.write(child.leash, code.to_bytes(STATUS_BYTES, "little", signed=True))
        os.close(child.ended)
        os.close(child.leash)
        self._children.remove(child)


if __name__ == "__main__":
    main(sys.argv[1])
