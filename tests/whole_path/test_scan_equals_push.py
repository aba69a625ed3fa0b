"""The same image, scanned without a server and pushed to one: the same answer, line by line."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lading.adapters.registry_client import RegistryClient
from lading.oci import media_types
from tests.support.scan_sources import image_blobs, write_layout
from tests.support.served import Served

SAME = ("packages", "findings", "secrets", "unreadable", "layers")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path).start()
    yield server
    server.stop()


@pytest.mark.timeout(900)
def test_a_scan_says_what_the_server_says_of_the_same_image(served: Served, tmp_path: Path) -> None:
    manifest, blobs = image_blobs()
    client = RegistryClient(served.url, user="admin", password=served.password)
    digest = client.push_image("team/app", "1.0", manifest, media_types.OCI_MANIFEST, blobs)
    client.close()
    pushed = served.wait_for_analysis("team/app:1.0")

    layout = write_layout(tmp_path / "layout")
    logins = tmp_path / "docker"
    logins.mkdir()
    auth = base64.b64encode(f"admin:{served.password}".encode()).decode()
    (logins / "config.json").write_text(json.dumps({"auths": {served.registry: {"auth": auth}}}))
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "DOCKER_CONFIG": str(logins)}
    for source in (f"oci:{layout}", f"registry:{served.registry}/team/app:1.0"):
        command = [sys.executable, "-m", "lading", "scan", source, "--platform", "linux/amd64"]
        done = subprocess.run(
            [*command, "--format", "json"], capture_output=True, check=False, env=environment, timeout=300
        )
        assert done.returncode == 0, done.stderr
        scanned = json.loads(done.stdout)
        assert scanned["digest"] == str(digest)
        for part in SAME:
            assert _sorted(scanned[part]) == _sorted(pushed[part]), part
        assert scanned["counts"] == pushed["line"]["findings"]


def _sorted(lines: list[dict[str, object]]) -> list[str]:
    return sorted(json.dumps(line, sort_keys=True) for line in lines)
