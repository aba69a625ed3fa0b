"""A disk that fills in the middle of pushes: a clear answer, nothing acknowledged lost, all well after."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.served import Served

MIB = 1 << 20
DISK = 48  # MiB: a server's own records, and some blobs
BLOB = 4 * MIB
_OCI = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = b"{}"


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


def push_blob(client: httpx.Client, repository: str, content: bytes) -> httpx.Response:
    begun = client.post(f"/v2/{repository}/blobs/uploads/")
    if begun.status_code != 202:
        return begun
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return client.put(begun.headers["location"], params={"digest": digest}, content=content)


def push_image(client: httpx.Client, name: str, content: bytes) -> httpx.Response:
    layer, config = (
        {"mediaType": kind, "size": len(part), "digest": f"sha256:{hashlib.sha256(part).hexdigest()}"}
        for kind, part in (
            ("application/vnd.oci.image.layer.v1.tar", content),
            ("application/vnd.oci.image.config.v1+json", _CONFIG),
        )
    )
    for part in (content, _CONFIG):
        pushed = push_blob(client, "team/app", part)
        if pushed.status_code != 201:
            return pushed
    raw = json.dumps({"schemaVersion": 2, "mediaType": _OCI, "config": config, "layers": [layer]})
    return client.put(f"/v2/team/app/manifests/{name}", content=raw, headers={"content-type": _OCI})


def is_whole(client: httpx.Client, name: str, content: bytes) -> bool:
    manifest = client.get(f"/v2/team/app/manifests/{name}", headers={"accept": _OCI})
    layer = manifest.json()["layers"][0]["digest"]
    return client.get(f"/v2/team/app/blobs/{layer}").content == content


@pytest.mark.timeout(400)
def test_a_full_disk_refuses_what_does_not_fit_and_loses_nothing(small_disk: Path) -> None:
    server = Served(small_disk).start()
    try:
        with httpx.Client(base_url=server.url, auth=("admin", server.password), timeout=60) as client:
            kept: dict[str, bytes] = {}
            number = 0
            while True:
                content = hashlib.sha256(b"%d" % number).digest() * (BLOB // 32)
                answer = push_image(client, f"v{number}", content)
                if answer.status_code != 201:
                    break
                kept[f"v{number}"] = content
                number += 1
            assert number < DISK * MIB // BLOB
            assert answer.status_code == 507, answer.text
            assert "full" in answer.json()["errors"][0]["message"]
            assert len(kept) >= 2
            # What is there can be had while the disk is full, and one who asks is told how the server is.
            assert all(is_whole(client, name, content) for name, content in kept.items())
            assert client.get("/healthz").status_code == 200
            free = small_disk / "data" / "blobs"
            before = sum(each.stat().st_size for each in free.rglob("*") if each.is_file())
            for _ in range(3):
                assert push_image(client, "again", os.urandom(BLOB)).status_code in {503, 507}
            after = sum(each.stat().st_size for each in free.rglob("*") if each.is_file())
            assert after <= before + 3 * BLOB, "what was refused must not gather"
            # Room is made: the same client goes on, with the same server.
            subprocess.run(["mount", "-o", f"remount,size={4 * DISK}m", str(small_disk)], check=True)
            assert push_image(client, "later", b"later" * 1000).status_code == 201
            kept["later"] = b"later" * 1000
            assert all(is_whole(client, name, content) for name, content in kept.items())
        fsck = subprocess.run(
            [sys.executable, "-m", "lading", "admin", "fsck", "--deep"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LADING_DATA__FOLDER": str(small_disk / "data")},
        )
        assert fsck.returncode == 0, fsck.stdout + fsck.stderr
        assert "intact" in server.lading("audit", "verify")
    finally:
        server.kill()
