"""Shut this process in before it reads hostile bytes (Linux; elsewhere only the limits apply).

1. Limits: address space, processor time, no file may grow, no core dump, few open files.
2. Dies with its parent; is the first to go when memory runs out; gains no privileges by running programs.
3. No network: a network namespace of its own, with nothing in it, where the kernel lets us make one.
4. No system calls but those that computing, and reading and writing open files, need (seccomp). No file can
   be opened, no socket made, no program started, whoever the user is. This alone keeps the network away, too.

Steps 3 and 4 depend on the kernel and on what a surrounding container allows. What could be done is returned,
so that an operator can see it; steps 1 and 2 always work.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22
_SECCOMP_MODE_FILTER = 2
_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
_CLONE_THREAD = 0x0001_0000

# BPF (linux/filter.h) and what a seccomp filter may answer (linux/seccomp.h).
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
_EPERM, _ENOSYS = 1, 38
_NR, _ARCH, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_X32 = 0x4000_0000  # numbers of a second, unused ABI of x86-64 begin here


@dataclass(frozen=True, slots=True)
class _Abi:
    audit: int  # linux/audit.h
    clone: int
    clone3: int
    allowed: tuple[int, ...]


# In this order: read, write, close, fstat, poll, lseek, mmap, mprotect, munmap, brk, rt_sigaction,
# rt_sigprocmask, rt_sigreturn, pread64, readv, writev, sched_yield, mremap, madvise, nanosleep, getpid, exit,
# gettimeofday, sigaltstack, gettid, futex, sched_getaffinity, set_tid_address, clock_gettime,
# clock_nanosleep, exit_group, tgkill, newfstatat, ppoll, set_robust_list, getrandom, rseq. (Not all of them
# exist on both.)
_ABIS = {
    "x86_64": _Abi(
        audit=0xC000_003E,
        clone=56,
        clone3=435,
        allowed=(
            *(0, 1, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 19, 20, 24, 25, 28, 35, 39, 60, 96, 131),
            *(186, 202, 204, 218, 228, 230, 231, 234, 262, 271, 273, 318, 334),
        ),
    ),
    "aarch64": _Abi(
        audit=0xC000_00B7,
        clone=220,
        clone3=435,
        allowed=(
            *(63, 64, 57, 80, 62, 222, 226, 215, 214, 134, 135, 139, 67, 65, 66, 124, 216, 233, 101, 172),
            *(93, 169, 132, 178, 98, 123, 96, 113, 115, 94, 131, 79, 73, 99, 278, 293),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What the process may use."""

    memory_bytes: int  # of address space, which is more than what it really holds
    cpu_seconds: int  # over all its threads


def confine(limits: Limits) -> tuple[str, ...]:
    """Do all of the above that can be done, and say what that was. It cannot be undone."""
    done = ["limits"]
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 16),
    ):
        resource.setrlimit(what, (most, most))
    if platform.system() != "Linux":
        return tuple(done)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    _go_first_when_memory_ends()
    if libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        done.append("network")
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        done.append("privileges")
        if _filter_system_calls(libc):
            done.append("system calls")
    return tuple(done)


def _go_first_when_memory_ends() -> None:
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123 - pathlib is not loaded here
            score.write("1000")
    except OSError:
        pass  # /proc may be missing or read-only; the limits hold without it


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _filter_system_calls(libc: ctypes.CDLL) -> bool:
    abi = _ABIS.get(platform.machine())
    if abi is None:
        return False
    program = b"".join(_instructions(abi))
    packed = _FilterProgram(len(program) // 8, program)
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(packed), 0, 0) == 0)


def _instructions(abi: _Abi) -> Iterable[bytes]:
    """The filter; each jump names how many instructions are skipped when it holds, and when it does not."""
    yield _instruction(_LOAD, _ARCH)
    yield _instruction(_JUMP_EQUAL, abi.audit, 1, 0)
    yield _instruction(_RETURN, _KILL)
    yield _instruction(_LOAD, _NR)
    yield _instruction(_JUMP_AT_LEAST, _X32, 0, 1)
    yield _instruction(_RETURN, _KILL)
    for number in abi.allowed:
        yield _instruction(_JUMP_EQUAL, number, 0, 1)
        yield _instruction(_RETURN, _ALLOW)
    # clone3 keeps its arguments where a filter cannot see them; without it the C library uses clone.
    yield _instruction(_JUMP_EQUAL, abi.clone3, 0, 1)
    yield _instruction(_RETURN, _ERRNO | _ENOSYS)
    # A thread may be started, a process may not.
    yield _instruction(_JUMP_EQUAL, abi.clone, 0, 3)
    yield _instruction(_LOAD, _FIRST_ARGUMENT)
    yield _instruction(_JUMP_SET, _CLONE_THREAD, 0, 1)
    yield _instruction(_RETURN, _ALLOW)
    yield _instruction(_RETURN, _ERRNO | _EPERM)


def _instruction(code: int, operand: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, when_true, when_false, operand)


def leave(status: int) -> NoReturn:
    """End the process at once, without any of Python's cleaning up, which may need what is shut off."""
    os._exit(status)
