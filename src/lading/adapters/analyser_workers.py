"""Start workers that read one layer each: by themselves, or forked by a nursery with the analyser loaded."""

import json
import os
import select
import socket
import subprocess
import sys
import threading
from functools import cache
from typing import BinaryIO, Protocol, Self

import msgspec

from lading.adapters.analyser_nursery import STATUS_BYTES
from lading.adapters.analyser_worker import Job
from lading.foundation.errors import Upstream

_PATIENCE = 10.0  # seconds for a nursery to end


class NurseryLost(Exception):
    """The nursery ended before it told how a worker did: nothing is known of the layer."""


class Worker(Protocol):
    """A worker under way; leaving the context kills it if it has not ended."""

    result: int  # a descriptor to read from
    complaints: int  # likewise

    def wait(self, seconds: float) -> int | None:
        """The status that it ended with; None where it has not ended in time."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_error: object) -> None: ...


def boot(module: str, *arguments: str) -> list[str]:
    """A command that runs ``main`` of a module of ours, without anything of the user's or the site's."""
    path = [entry for entry in sys.path if os.path.isabs(entry)]  # noqa: PTH117 - entries of sys.path are strings
    code = (
        "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
        f"from lading.adapters.{module} import main; main(*sys.argv[2:])"
    )
    return [sys.executable, "-I", "-S", "-B", "-c", code, json.dumps(path), *arguments]


class _Alone:
    """A worker that was started by itself."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self.result, self.complaints = process.stdout.fileno(), process.stderr.fileno()

    def wait(self, seconds: float) -> int | None:
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        with self._process:
            pass


def start_alone(blob: BinaryIO, job: Job) -> _Alone:
    try:
        return _Alone(
            subprocess.Popen(  # noqa: S603 - our own interpreter and code, no shell
                boot("analyser_worker", msgspec.json.encode(job).decode()),
                stdin=blob,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={},
                cwd="/",
                start_new_session=True,
            )
        )
    except OSError as error:
        raise Upstream("analyser-unavailable", f"the analyser does not start: {error}") from error


class _Forked:
    """A worker of the nursery, which tells on the leash how it ended."""

    def __init__(self, result: int, complaints: int, leash: socket.socket) -> None:
        self.result, self.complaints = result, complaints
        self._leash = leash

    def wait(self, seconds: float) -> int | None:
        ready, _, _ = select.select([self._leash], [], [], seconds)
        if not ready:
            return None
        told = self._leash.recv(STATUS_BYTES)
        if len(told) < STATUS_BYTES:
            raise NurseryLost
        return int.from_bytes(told, "little", signed=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._leash.close()  # the nursery kills what is still under way
        os.close(self.result)
        os.close(self.complaints)


class Nursery:
    """The starter's side of analyser_nursery. Safe to use from many threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def start(self, blob: BinaryIO, job: Job) -> Worker | None:
        """Have a worker forked; None where no nursery can be had, so that it is to be started alone."""
        if not _has_process_descriptors():
            return None
        result, result_end = os.pipe()
        complaints, complaints_end = os.pipe()
        leash, leash_end = socket.socketpair()
        ends = [blob.fileno(), result_end, complaints_end, leash_end.fileno()]
        try:
            sent = self._send(msgspec.json.encode(job), ends)
        finally:
            os.close(result_end)
            os.close(complaints_end)
            leash_end.close()
        worker = _Forked(result, complaints, leash)
        if sent:
            return worker
        worker.__exit__()
        return None

    def close(self) -> None:
        """Let the nursery go, and every worker with it."""
        with self._lock:
            self._let_go()

    def _send(self, job: bytes, descriptors: list[int]) -> bool:
        with self._lock:
            for _ in range(2):  # one that had nothing to do for long has ended
                try:
                    if self._socket is None:
                        self._socket = self._start()
                    socket.send_fds(self._socket, [job], descriptors)
                except OSError:
                    self._let_go()
                else:
                    return True
        return False

    def _start(self) -> socket.socket:
        own, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code, no shell
                boot("analyser_nursery", str(theirs.fileno())),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env={},
                cwd="/",
                start_new_session=True,
            )
        return own

    def _let_go(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            try:
                self._process.wait(_PATIENCE)  # it ends when the socket is closed
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


@cache
def _has_process_descriptors() -> bool:
    """Whether this kernel and this container let a process be waited for by a descriptor (pidfd_open(2))."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True
