"""A byte flips on a disk: the scrub finds it, pulls are refused, and a push or another registry heals it."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lading.adapters.registry_client import RegistryClient
from lading.cli.demo.images import bad_image
from lading.oci import media_types
from lading.oci.digest import Digest
from tests.support.served import Served

_IMAGE = bad_image("2026-01-01T00:00:00Z")
_LAYER = max(_IMAGE.blobs, key=lambda digest: len(_IMAGE.blobs[digest]))
_BY_HAND = {"LADING_KEEPING__SCRUB_DAYS": "0"}  # no pass begins by itself beside those of the test


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with _serving(tmp_path) as server:
        yield server


@contextlib.contextmanager
def _serving(folder: Path, **settings: str) -> Iterator[Served]:
    folder.mkdir(exist_ok=True)
    server = Served(folder, {**_BY_HAND, **settings}).start()
    try:
        yield server
    finally:
        server.stop()


def _push(server: Served) -> None:
    client = RegistryClient(server.url, user="admin", password=server.password)
    with contextlib.closing(client):
        client.push_image("team/app", "1", _IMAGE.manifest, media_types.OCI_MANIFEST, _IMAGE.blobs)


def _pull(server: Served, digest: Digest) -> bytes:
    client = RegistryClient(server.url, user="admin", password=server.password)
    with contextlib.closing(client):
        return client.pull_blob("team/app", digest, max_bytes=1 << 30)


def _flip_a_byte(folder: Path, digest: Digest) -> None:
    (file,) = (folder / "data" / "blobs").glob(f"blobs/*/*/{digest.hex}")
    with file.open("r+b") as opened:
        opened.seek(100)
        byte = opened.read(1)[0]
        opened.seek(100)
        opened.write(bytes([byte ^ 1]))
        os.fsync(opened.fileno())


@pytest.mark.timeout(900)
def test_a_flipped_byte_is_found_refused_and_healed_by_a_push(served: Served, tmp_path: Path) -> None:
    _push(served)
    served.wait_for_analysis("team/app:1")
    assert "nothing is damaged" in served.lading("admin", "scrub", "run", "--wait")
    assert _pull(served, _LAYER) == _IMAGE.blobs[_LAYER]
    _flip_a_byte(tmp_path, _LAYER)
    told = served.lading("admin", "scrub", "run", "--wait", expect=1)
    assert str(_LAYER) in told
    assert f"team/app@{_IMAGE.digest}" in told
    assert "docker push" in told
    with pytest.raises(Exception, match="was found corrupt"):
        _pull(served, _LAYER)
    url = f"{served.url}/v2/team/app/blobs/{_LAYER}"
    assert httpx.head(url, auth=("admin", served.password)).status_code == 404
    served.lading("admin", "scrub", "stop", expect=7)

    _push(served)
    assert _pull(served, _LAYER) == _IMAGE.blobs[_LAYER]
    assert "nothing is damaged" in served.lading("admin", "scrub", "status")
    assert [entry["subject"] for entry in served.wait_for_audit("blob.heal")] == [str(_LAYER)]


@pytest.mark.timeout(900)
def test_another_registry_heals_it_without_anybody_pushing(served: Served, tmp_path: Path) -> None:
    _push(served)
    credentials = {
        "LADING_KEEPING__HEAL_FROM": served.url,
        "LADING_KEEPING__HEAL_USER": "admin",
        "LADING_KEEPING__HEAL_PASSWORD": served.password,
    }
    with _serving(tmp_path / "second", **credentials) as second:
        _push(second)
        _flip_a_byte(tmp_path / "second", _LAYER)
        told = second.json("admin", "scrub", "run", "--wait")
        line = told["scrub"]["items"][0]
        assert (line["state"], line["damaged"], line["healed"]) == ("done", 1, 1)
        assert _pull(second, _LAYER) == _IMAGE.blobs[_LAYER]
