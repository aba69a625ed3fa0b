"""Two servers, as on two machines, on one PostgreSQL and one store: one registry."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg
import pytest

from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.change_stamps_memory import MemoryStamps
from lading.adapters.change_stamps_postgresql import ListeningStamps
from lading.adapters.sql.engine import open_postgresql
from lading.adapters.sql.registry import SqlRegistry
from lading.foundation.errors import NotFound
from lading.oci import media_types
from lading.oci.digest import Digest
from tests.support.distribution import ADMIN, Registry, serving
from tests.support.manifests import image
from tests.support.records import PostgresDatabases


@pytest.fixture
def url(postgres_databases: PostgresDatabases) -> str:
    return postgres_databases.create()


def listening(url: str, own: MemoryStamps | None = None) -> ListeningStamps:
    stamps = ListeningStamps(own or MemoryStamps(), url, lambda _problem: None)
    stamps.start()
    assert stamps.wait(30)
    return stamps


@pytest.fixture
def servers(url: str, tmp_path: Path) -> Iterator[list[httpx.Client]]:
    """Clients of two servers that share nothing but the database and the store."""
    registries, clients, contexts = [], [], []
    for _ in range(2):
        stamps = listening(url)
        registry = Registry(open_postgresql(url, stamps.changed), FilesystemBlobs(tmp_path / "store"), stamps)
        served = serving(registry.app)
        clients.append(httpx.Client(base_url=f"http://{served.__enter__()}", auth=ADMIN))
        registries.append(registry)
        contexts.append((served, stamps))
    yield clients
    for client, registry, (served, stamps) in zip(clients, registries, contexts, strict=True):
        client.close()
        served.__exit__(None, None, None)
        registry.close()
        stamps.close()


def test_any_server_takes_any_request_of_an_upload(servers: list[httpx.Client]) -> None:
    one, other = servers
    content = bytes(range(256)) * 4096
    digest = Digest.of(content)
    begun = one.post("/v2/team/app/blobs/uploads/")
    place = begun.headers["location"]
    third = len(content) // 3
    for server, part in (
        (other, content[:third]),
        (one, content[third : 2 * third]),
        (other, content[2 * third :]),
    ):
        sent = server.patch(place, content=part)
        assert sent.status_code == 202
        place = sent.headers["location"]
    assert one.get(place).headers["range"] == f"0-{len(content) - 1}"
    assert one.put(place, params={"digest": str(digest)}).status_code == 201
    assert other.get(f"/v2/team/app/blobs/{digest}").content == content


def push(server: httpx.Client, name: str) -> str:
    manifest = image(name)
    for blob in (f"config of {name}".encode(), b"layer one", b"layer two"):
        server.post("/v2/team/app/blobs/uploads/", params={"digest": str(Digest.of(blob))}, content=blob)
    headers = {"Content-Type": media_types.OCI_MANIFEST}
    pushed = server.put("/v2/team/app/manifests/latest", content=manifest.raw, headers=headers)
    assert pushed.status_code == 201
    return pushed.headers["docker-content-digest"]


def test_a_tag_that_one_server_moved_is_served_fresh_by_the_other(servers: list[httpx.Client]) -> None:
    one, other = servers
    for number in range(20):
        digest = push(one, f"app {number}")
        for _ in range(3):  # the first answer fills the cache, the second comes from it
            limit = time.monotonic() + 1
            while other.head("/v2/team/app/manifests/latest").headers["docker-content-digest"] != digest:
                assert time.monotonic() < limit, "the other server serves an old tag"


def test_without_a_connection_nothing_is_cached_and_after_it_nothing_old_is_believed(url: str) -> None:
    own = MemoryStamps()
    with closing(open_postgresql(url)), closing(listening(url, own)) as stamps:
        before = stamps.stamp("a")
        assert stamps.stamp("a") == before
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND query LIKE 'LISTEN%' OR query = 'SELECT 1'"
            )
        limit = time.monotonic() + 10
        while stamps.stamp("a") == before:
            assert time.monotonic() < limit
        assert stamps.wait(10)
        after = stamps.stamp("a")
        assert after != before
        assert stamps.stamp("a") == after


def _change_and_fail(registry: SqlRegistry) -> None:
    registry.unlink_blob("a", Digest.of(b"x"))
    registry.link_blob("nowhere", Digest.of(b"x"), 1, at=datetime.now(UTC))


def test_a_change_that_was_not_kept_is_told_to_nobody(url: str) -> None:
    records = open_postgresql(url)
    with closing(records), closing(listening(url)) as stamps:
        before = stamps.stamp("a")
        with pytest.raises(NotFound), records.write() as kept:  # after a change, in the same block
            _change_and_fail(kept.registry)
        time.sleep(0.5)
        assert stamps.stamp("a") == before
        with records.write() as kept:
            kept.registry.unlink_blob("a", Digest.of(b"x"))
        limit = time.monotonic() + 5
        while stamps.stamp("a") == before:
            assert time.monotonic() < limit
