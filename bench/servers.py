"""Ours and the peers as real processes on private ports and folders."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_START_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Server:
    """A registry that answers. ``user`` is empty where it wants no sign-in."""

    url: str
    pid: int
    version: str
    user: str = ""
    password: str = ""

    def cpu_seconds(self) -> float:
        """User and system time of the process so far, its ended children included."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(fields[at]) for at in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")

    def resident_mib(self) -> float:
        """The memory that the process has resident now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    def peak_mib(self) -> float:
        """The most memory that the process has had resident."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _process(
    command: list[str], folder: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **environment}, cwd=folder
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + _START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.HTTPError:
            return  # it answers, and that is all we ask
        except OSError:
            if process.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(f"{url} does not answer:\n{log.read_text()[-2000:]}") from None
            time.sleep(0.1)
        else:
            return


@contextlib.contextmanager
def lading(folder: Path) -> Iterator[Server]:
    """Our server, with sign-in on and everything acknowledged on disk, as it is shipped."""
    port = free_port()
    command = [sys.executable, "-m", "lading", "serve"]
    environment = {
        "LADING_SERVER__PORT": str(port),
        "LADING_DATA__FOLDER": str(folder / "data"),
        "LADING_LOG__LEVEL": "warning",
        "PYTHONUNBUFFERED": "1",
    }
    with _process(command, folder, environment) as process:
        _wait_for(f"http://127.0.0.1:{port}/readyz", process, folder / "log")
        found = re.findall(r"password\s+(\S+)", (folder / "log").read_text())
        password = found[0] if found else ""  # shown at the first start only
        yield Server(f"http://127.0.0.1:{port}", process.pid, "this checkout", "admin", password)


@contextlib.contextmanager
def distribution(folder: Path, program: str) -> Iterator[Server | None]:
    """The distribution project's registry, on files and without sign-in; None where it is not installed."""
    found = shutil.which(program)
    if found is None:
        yield None
        return
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yml").write_text(
        "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
        f"http: {{addr: 127.0.0.1:{port}}}\n"
    )
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.split()
    name = f"{program} {version[-1].partition('+')[0] if version else ''}"
    with _process([found, "serve", str(folder / "config.yml")], folder, {}) as process:
        _wait_for(f"http://127.0.0.1:{port}/v2/", process, folder / "log")
        yield Server(f"http://127.0.0.1:{port}", process.pid, name)
