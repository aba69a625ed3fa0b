"""A disk that fills in the middle of pushes: a clear answer, nothing acknowledged lost, all well after."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.raw_pushes import is_whole, push_image
from tests.support.served import Served

MIB = 1 << 20
DISK = 48  # MiB: a server's own records, and some blobs
BLOB = 4 * MIB
REPOSITORY = "team/app"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of DISK MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.timeout(400)
def test_a_full_disk_refuses_what_does_not_fit_and_loses_nothing(small_disk: Path) -> None:
    server = Served(small_disk).start()
    try:
        with httpx.Client(base_url=server.url, auth=("admin", server.password), timeout=60) as client:
            kept: dict[str, bytes] = {}
            number = 0
            while True:
                content = hashlib.sha256(b"%d" % number).digest() * (BLOB // 32)
                answer = push_image(client, REPOSITORY, f"v{number}", content)
                if answer.status_code != 201:
                    break
                kept[f"v{number}"] = content
                number += 1
            assert number < DISK * MIB // BLOB
            assert answer.status_code in {503, 507}, answer.text  # the records or the store was first
            assert "full" in answer.json()["errors"][0]["message"]
            assert len(kept) >= 2
            # What is there can be had while the disk is full, and one who asks is told how the server is.
            assert all(is_whole(client, REPOSITORY, name, content) for name, content in kept.items())
            assert client.get("/healthz").status_code == 200
            free = small_disk / "data" / "blobs"
            before = sum(each.stat().st_size for each in free.rglob("*") if each.is_file())
            for _ in range(3):
                assert push_image(client, REPOSITORY, "again", os.urandom(BLOB)).status_code in {503, 507}
            after = sum(each.stat().st_size for each in free.rglob("*") if each.is_file())
            assert after <= before + 3 * BLOB, "what was refused must not gather"
            # Room is made: the same client goes on, with the same server.
            subprocess.run(["mount", "-o", f"remount,size={4 * DISK}m", str(small_disk)], check=True)
            assert push_image(client, REPOSITORY, "later", b"later" * 1000).status_code == 201
            kept["later"] = b"later" * 1000
            assert all(is_whole(client, REPOSITORY, name, content) for name, content in kept.items())
        server.fsck()
        assert "intact" in server.lading("audit", "verify")
    finally:
        server.kill()
