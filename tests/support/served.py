"""A real server process on a folder that outlives it, and `lading` commands against it."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_START_SECONDS = 180  # on a machine that does much else


class Served:
    """One server on one folder; it can be killed and started again, on the same port."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._port = "0"
        self.password = ""
        self.url = ""

    @property
    def registry(self) -> str:
        """host:port, as images name it."""
        return self.url.partition("://")[2]

    def start(self) -> "Served":
        """Start it and wait until it is ready."""
        log = self._folder / "server.log"
        environment = {**self._environment(), "LADING_SERVER__PORT": self._port, "PYTHONUNBUFFERED": "1"}
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "lading", "serve"],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        limit = time.monotonic() + _START_SECONDS
        while True:
            told = log.read_text()
            if "Lading is at " in told and told.rstrip().endswith("server of its own."):
                self.url = told.partition("Lading is at ")[2].split()[0]
            if self.url and self._ready():
                break
            assert self._process.poll() is None, told
            assert time.monotonic() < limit, told
            time.sleep(0.1)
        self._port = self.url.rpartition(":")[2]
        if "password " in told:
            self.password = told.partition("password ")[2].split()[0]
        return self

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """End it politely; return its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(60)

    def lading(self, *arguments: str, expect: int = 0, user: str = "admin", password: str = "") -> str:
        """Run one command as a user."""
        done = subprocess.run(
            [sys.executable, "-m", "lading", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
            env={
                **os.environ,
                "LADING_URL": self.url,
                "LADING_USER": user,
                "LADING_PASSWORD": password or self.password,
            },
        )
        assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def fsck(self) -> None:
        """Compare records and store, all content read; fail where anything is wrong."""
        done = subprocess.run(
            [sys.executable, "-m", "lading", "admin", "fsck", "--deep"],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
            env=self._environment(),
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def json(self, *arguments: str, expect: int = 0) -> Any:
        """Run one command for its JSON."""
        return json.loads(self.lading(*arguments, "--format", "json", expect=expect))

    def wait_for_analysis(self, reference: str) -> Any:
        """Wait until an image is analysed; return what is known of it."""
        limit = time.monotonic() + 180
        while True:
            image = self.json("image", reference)
            if image["line"]["analysis"] not in {"", "pending"}:
                return image
            assert time.monotonic() < limit, image["line"]
            time.sleep(0.5)

    def wait_for_audit(self, action: str) -> Any:
        """Wait until something was done; return its entries."""
        limit = time.monotonic() + 180
        while True:
            entries = self.json("audit", "list", "--action", action)["items"]
            if entries:
                return entries
            assert time.monotonic() < limit, action
            time.sleep(0.5)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "LADING_DATA__FOLDER": str(self._folder / "data"), **self._settings}

    def _ready(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/readyz", timeout=5).close()
        except (urllib.error.URLError, OSError):
            return False
        return True
