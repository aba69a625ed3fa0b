"""A real S3 server for tests, where one is installed."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from obstore.store import S3Store

PROGRAM = "versitygw"
_KEY, _SECRET = "access-for-tests", "secret-for-tests"


@contextlib.contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """Run the Versity S3 gateway on a folder, with one bucket "blobs", and give its URL."""
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"{PROGRAM} is not installed (go install github.com/versity/versitygw/cmd/versitygw)")
    (folder / "data" / "blobs").mkdir(parents=True)
    port = _free_port()
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [PROGRAM, "--port", f"127.0.0.1:{port}", "--access", _KEY, "--secret", _SECRET, "--quiet",
             "posix", str(folder / "data")],
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait_for(port, server, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def s3_store(url: str, prefix: str) -> S3Store:
    """Everything below a prefix of the bucket."""
    return S3Store(
        "blobs",
        prefix=prefix,
        endpoint=url,
        access_key_id=_KEY,
        secret_access_key=_SECRET,
        region="us-east-1",
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if server.poll() is not None or time.monotonic() > deadline:
            pytest.skip(f"{PROGRAM} does not start here: {log.read_text()[-300:]}")
        time.sleep(0.05)
