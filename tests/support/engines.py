"""Real container engines for tests: a private Docker Engine, and Podman's service, each on its own socket."""

import contextlib
import io
import os
import shutil
import struct
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_START_SECONDS = 60


def _skip_unless_root_has(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    if os.geteuid() != 0:
        pytest.skip(f"{program} is tested as root only")


@contextlib.contextmanager
def _serving(command: list[str], socket: Path, log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        limit = time.monotonic() + _START_SECONDS
        while not socket.exists():
            if process.poll() is not None or time.monotonic() > limit:
                pytest.skip(f"{command[0]} does not start here: {log.read_text()[-300:]}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def private_docker(folder: Path, *arguments: str) -> Iterator[str]:
    """Start a Docker Engine of our own and give its socket's URL; skip where none can run."""
    _skip_unless_root_has("dockerd")
    socket = folder / "docker.sock"
    command = ["dockerd", "--iptables=false", "--bridge=none", "--data-root", str(folder / "data")]
    command += ["--exec-root", str(folder / "exec"), "-H", f"unix://{socket}", "-p", str(folder / "pid")]
    with _serving([*command, *arguments], socket, folder / "log"):
        yield f"unix://{socket}"


@contextlib.contextmanager
def private_containerd() -> Iterator[Path]:
    """Start a containerd of our own and give its socket; skip where none can run."""
    _skip_unless_root_has("containerd")
    with tempfile.TemporaryDirectory(prefix="ctd") as short:  # a socket's path has at most 107 characters
        folder = Path(short)
        (folder / "config.toml").write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
        socket = folder / "containerd.sock"
        places = ["--root", str(folder / "root"), "--state", str(folder / "state"), "--address", str(socket)]
        command = ["containerd", "--config", str(folder / "config.toml"), *places]
        with _serving(command, socket, folder / "log"):
            yield socket


@contextlib.contextmanager
def private_podman(folder: Path) -> Iterator[str]:
    """Start Podman's Docker-compatible service and give its socket's URL; skip where none can run."""
    _skip_unless_root_has("podman")
    socket = folder / "podman.sock"
    with tempfile.TemporaryDirectory(prefix="pod") as short:  # Podman wants its run root under 50 characters
        storage = ["--root", str(folder / "root"), "--runroot", short, "--storage-driver", "vfs"]
        command = ["podman", *storage, "system", "service", "--time=0", f"unix://{socket}"]
        with _serving(command, socket, folder / "log"):
            yield f"unix://{socket}"


def _pause_program() -> bytes:
    """The smallest program that stays alive: an x86-64 ELF file that sleeps by the pause system call."""
    code = bytes.fromhex("6a22 58 0f05 ebf9")  # push 34; pop rax; syscall; jump back to the start
    start, headers = 0x400000, 64 + 56
    size = headers + len(code)
    identity = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)  # 64 bit, little endian, version 1
    file_header = struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, start + headers, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, start, start, size, size, 0x1000)  # load, read and execute
    return identity + file_header + segment + code


def sleeping_root() -> bytes:
    """A root file system, as a tar archive, whose only program `/pause` runs until it is stopped."""
    program = _pause_program()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("pause")
        entry.size, entry.mode = len(program), 0o755
        archive.addfile(entry, io.BytesIO(program))
    return buffer.getvalue()
