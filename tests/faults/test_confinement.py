"""A confined process can compute and talk through what is open, and nothing else."""

import json
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lading.adapters import confinement
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


_HEADERS = {
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}
_CALLS = {
    "read", "write", "close", "fstat", "poll", "lseek", "mmap", "mprotect", "munmap", "brk",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "pread64", "readv", "writev", "sched_yield",
    "mremap", "madvise", "nanosleep", "getpid", "exit", "gettimeofday", "sigaltstack", "gettid",
    "futex", "sched_getaffinity", "set_tid_address", "clock_gettime", "clock_nanosleep",
    "exit_group", "tgkill", "newfstatat", "ppoll", "set_robust_list", "getrandom", "rseq",
}  # fmt: skip
_ONLY_ON_X86 = {"poll"}


@pytest.mark.parametrize("machine", sorted(_HEADERS))
def test_the_numbers_of_system_calls_are_those_of_the_kernel(machine: str) -> None:
    """The kernel's own headers say which number is which call: of a table for another machine, too."""
    header = Path(_HEADERS[machine])
    if not header.is_file():
        pytest.skip(f"{header} is not installed")
    names = {
        int(number): name.removeprefix("3264_")
        for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b", header.read_text())
    }
    abi = confinement._ABIS[machine]
    assert names[abi.clone] == "clone"
    assert names[abi.clone3] == "clone3"
    expected = _CALLS - _ONLY_ON_X86 if machine == "aarch64" else _CALLS
    # AArch64's header has one name for calls that 32-bit machines have in two forms.
    written = {"fstatat": "newfstatat"}
    assert {written.get(names[number], names[number]) for number in abi.allowed} == expected
