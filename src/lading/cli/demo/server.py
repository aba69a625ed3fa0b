"""A server of the demo's own: a real `lading serve` on a temporary folder and a free port."""

import contextlib
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lading.foundation.errors import Upstream

_START_SECONDS = 90


@dataclass(frozen=True, slots=True)
class DemoServer:
    """Where it is, and how to sign in. ``admission`` is the URL of the webhook, over TLS."""

    url: str
    admission: str
    authority: Path  # PEM file of the webhook's certificate authority
    password: str

    @property
    def registry(self) -> str:
        """host:port, as images name it."""
        return self.url.partition("://")[2]

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment in which `lading` commands find the server and sign in to it."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("LADING_")},
            "LADING_URL": self.url,
            "LADING_USER": "admin",
            "LADING_PASSWORD": self.password,
        }


@contextlib.contextmanager
def demo_server(folder: Path, more: Mapping[str, str] | None = None) -> Iterator[DemoServer]:
    """Start it, with ``more`` settings, wait until it is ready, and stop it at the end."""
    command = [sys.executable, "-m", "lading", "serve"]
    settings = {
        "LADING_SERVER__PORT": "0",
        "LADING_ADMISSION__PORT": "-1",
        "LADING_DATA__FOLDER": str(folder / "data"),
        "LADING_POLICY__APPROVED_BASES": "base/*",
        "LADING_LOG__LEVEL": "warning",
        "PYTHONUNBUFFERED": "1",
        **(more or {}),
    }
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - this program itself
            command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **settings}
        )
    try:
        yield _ready(process, log, folder)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(process: "subprocess.Popen[bytes]", log: Path, folder: Path) -> DemoServer:
    limit = time.monotonic() + _START_SECONDS
    while time.monotonic() < limit and process.poll() is None:
        told = log.read_text()
        found = re.search(r"Lading is at (\S+)", told)
        password = re.search(r"password (\S+)", told)
        webhook = re.search(r"admission\s+(\S+)", told)
        if found and password and webhook and _answers(f"{found[1]}/readyz"):
            return DemoServer(
                found[1], webhook[1], folder / "data" / "keys" / "admission-ca.pem", password[1]
            )
        time.sleep(0.1)
    raise Upstream("demo-server-failed", f"the server did not start:\n{log.read_text()[-2000:]}")


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - http, on this machine
    except (urllib.error.URLError, OSError):
        return False
    return True


def server_log(folder: Path) -> str:
    """The last of what the server said."""
    return (folder / "server.log").read_text(errors="replace")[-2000:]
