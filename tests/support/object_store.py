"""An S3 server for tests: the Versity gateway, or that of moto; ``ci/install-peers`` installs the second."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from obstore.store import S3Store

GATEWAY, MOTO = "versitygw", "moto_server"
_KEY, _SECRET = "access-for-tests", "secret-for-tests"
_BUCKET = "blobs"


@contextlib.contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """Run a server with one bucket "blobs", and give its URL."""
    if shutil.which(GATEWAY) is None and shutil.which(MOTO) is None:
        pytest.skip(f"neither {GATEWAY} nor {MOTO} is installed")
    (folder / "data" / _BUCKET).mkdir(parents=True)
    port = _free_port()
    gateway = shutil.which(GATEWAY) is not None
    command = _gateway(port, folder / "data") if gateway else _moto(port)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(port, server, folder / "log")
        if not gateway:
            httpx.put(f"{url}/{_BUCKET}").raise_for_status()
        yield url
    finally:
        server.terminate()
        server.wait(20)


def _gateway(port: int, data: Path) -> list[str]:
    keys = ["--access", _KEY, "--secret", _SECRET]
    return [GATEWAY, "--port", f"127.0.0.1:{port}", *keys, "--quiet", "posix", str(data)]


def _moto(port: int) -> list[str]:
    return [MOTO, "-H", "127.0.0.1", "-p", str(port)]


def s3_store(url: str, prefix: str) -> S3Store:
    """Everything below a prefix of the bucket."""
    return S3Store(
        _BUCKET,
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
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if server.poll() is not None or time.monotonic() > deadline:
            pytest.skip(f"no S3 server starts here: {log.read_text()[-300:]}")
        time.sleep(0.05)
