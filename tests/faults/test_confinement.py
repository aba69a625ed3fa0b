"""A confined process can compute and talk through what is open, and nothing else."""

import json
import platform
import subprocess
import sys

import pytest

from lading.adapters.analyser_process import ProcessAnalyser
from lading.adapters.blobs_memory import MemoryBlobs

SCRIPT = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
import os, socket, threading, traceback, ctypes
from lading.adapters.confinement import Limits, confine, leave
done = confine(Limits(memory_bytes=400 << 20, cpu_seconds=30))
try:
    exec(sys.argv[2])
    answer = "allowed"
except MemoryError:
    answer = "MemoryError"
except BaseException as error:
    answer = type(error).__name__
os.write(1, json.dumps([done, answer]).encode())
leave(0)
"""


def attempt(code: str) -> tuple[list[str], str]:
    """What a confined process could do, and how ``code`` ended in it."""
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SCRIPT, json.dumps(sys.path), code],
        capture_output=True,
        timeout=60,
        check=True,
    )
    done, answer = json.loads(ended.stdout)
    return done, answer


def test_the_analyser_says_how_its_workers_are_confined() -> None:
    done = ProcessAnalyser(MemoryBlobs()).confinement()
    assert done[0] == "limits"
    assert set(done) <= {"limits", "network", "privileges", "system calls"}


def test_memory_is_bounded() -> None:
    assert attempt("bytearray(1 << 30)")[1] == "MemoryError"


@pytest.mark.parametrize(
    "code",
    [
        "open('/etc/passwd')",
        "open('/tmp/lading-was-here', 'w')",
        "os.listdir('/')",
        "os.unlink('/nowhere')",
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)",
        "os.fork()",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.execv('/bin/true', ['true'])",
        "os.kill(os.getppid(), 0)",
        "os.setuid(0)",
        "os.chroot('/')",
        "os.memfd_create('x')",
    ],
)
def test_what_a_parser_never_needs_is_refused(code: str) -> None:
    done, answer = attempt(code)
    if "system calls" not in done:
        pytest.skip(f"no system call filter on this {platform.machine()} kernel")
    assert answer in {"PermissionError", "OSError"}


def test_threads_may_be_started() -> None:
    assert attempt("t = threading.Thread(target=print); t.start(); t.join()")[1] == "allowed"


def test_no_network_interface_is_left() -> None:
    done, answer = attempt(
        "libc = ctypes.CDLL(None, use_errno=True); assert libc.socket(2, 1, 0) == -1, 'a socket was made'"
    )
    if "system calls" not in done:
        pytest.skip(f"no system call filter on this {platform.machine()} kernel")
    assert answer == "allowed"
