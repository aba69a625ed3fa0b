"""The database goes away and comes back under a server: a clear answer meanwhile, then on as before."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.support.postgres import (
    RestartableServer,
    Unavailable,
    bundled_binaries,
    restartable_server,
    system_binaries,
)
from tests.support.raw_pushes import is_whole, push_image
from tests.support.served import Served

REPOSITORY = "team/app"
ANSWERS_WITHIN = 40  # seconds: a client is told, and does not wait for ever
BACK_WITHIN = 60  # seconds


@pytest.fixture
def database() -> Iterator[RestartableServer]:
    binaries = system_binaries() or bundled_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed")
    try:
        with restartable_server(binaries) as server:
            with psycopg.connect(server.url.format(database="postgres"), autocommit=True) as connection:
                connection.execute("CREATE DATABASE lading")
            yield server
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.mark.timeout(600)
def test_pushes_go_on_after_the_database_was_away(database: RestartableServer, tmp_path: Path) -> None:
    server = Served(tmp_path, {"LADING_DATA__DATABASE_URL": database.url.format(database="lading")}).start()
    try:
        with httpx.Client(base_url=server.url, auth=("admin", server.password), timeout=120) as client:
            assert push_image(client, REPOSITORY, "before", b"before").status_code == 201
            database.stop()
            began = time.monotonic()
            refused = push_image(client, REPOSITORY, "meanwhile", b"meanwhile")
            assert time.monotonic() - began < ANSWERS_WITHIN
            assert refused.status_code == 503, refused.text
            assert refused.json()["errors"][0]["code"] == "UNAVAILABLE"
            assert client.get("/readyz").status_code == 503
            assert client.get("/healthz").status_code == 200, "restarting the server would help nobody"
            database.start()
            limit = time.monotonic() + BACK_WITHIN
            while push_image(client, REPOSITORY, "after", b"after").status_code != 201:
                assert time.monotonic() < limit
                time.sleep(0.5)
            assert client.get("/readyz").status_code == 200
            assert is_whole(client, REPOSITORY, "before", b"before")
            assert is_whole(client, REPOSITORY, "after", b"after")
            assert client.get(f"/v2/{REPOSITORY}/manifests/meanwhile").status_code == 404
        # The background work has found its database again too: what was pushed since is looked into.
        server.wait_for_analysis(f"{REPOSITORY}:after")
        server.fsck()
        assert "intact" in server.lading("audit", "verify")
    finally:
        server.kill()
