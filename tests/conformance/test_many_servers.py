"""Several servers on one database and one bucket: any of them takes any request of one upload."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lading.adapters.blobs_object_store import SEGMENT_BYTES, ObjectStoreBlobs
from lading.adapters.change_stamps_memory import MemoryStamps
from lading.adapters.sql.engine import open_sqlite
from lading.oci.digest import Digest
from tests.conformance.conftest import Repo
from tests.support.distribution import ADMIN, Registry, serving
from tests.support.object_store import s3_store


@pytest.fixture
def servers(s3: str, tmp_path: Path) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Two servers that share nothing but what is kept."""
    registries = []
    for _ in range(2):
        stamps = MemoryStamps()
        records = open_sqlite(tmp_path / "records.db", stamps.changed)
        registries.append(Registry(records, ObjectStoreBlobs(s3_store(s3, tmp_path.name)), stamps))
    first, second = registries
    with (
        serving(first.app) as one,
        serving(second.app) as two,
        httpx.Client(base_url=f"http://{one}", auth=ADMIN) as left,
        httpx.Client(base_url=f"http://{two}", auth=ADMIN) as right,
    ):
        yield left, right
    for registry in registries:
        registry.close()


def test_one_upload_wanders_between_servers(servers: tuple[httpx.Client, httpx.Client]) -> None:
    content = os.urandom(2 * SEGMENT_BYTES + 12_345)
    location = Repo(servers[0], "team/app").begin().headers["location"]
    step = len(content) // 5 + 1
    for number, start in enumerate(range(0, len(content), step)):
        part = content[start : start + step]
        asked = servers[number % 2].get(location)
        assert asked.headers["range"] == f"0-{max(0, start - 1)}"
        sent = servers[(number + 1) % 2].patch(
            location, content=part, headers={"content-range": f"{start}-{start + len(part) - 1}"}
        )
        assert sent.status_code == 202
    digest = Digest.of(content)
    finished = servers[1].put(location, params={"digest": str(digest)})
    assert finished.status_code == 201
    for server in servers:
        assert server.get(f"/v2/team/app/blobs/{digest}").content == content
        assert server.get(location).status_code == 404


def test_a_tag_that_one_server_moves_is_seen_by_the_other(servers: tuple[httpx.Client, httpx.Client]) -> None:
    left, right = (Repo(server, "team/app") for server in servers)
    for layer in (b"one", b"two"):
        pushed = left.push_image("v1", layer=layer)
        # By digest at once; by tag when what the other remembers has gone stale (content_cache).
        assert right.http.head(f"{right.url}/manifests/{pushed}").status_code == 200
    listed = right.http.get(f"{right.url}/tags/list").json()
    assert listed["tags"] == ["v1"]
