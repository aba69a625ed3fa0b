"""Blobs in an object store: pulled through a signed URL, pushed through the registry."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from lading.adapters.blobs_object_store import ObjectStoreBlobs
from tests.conformance.conftest import Repo
from tests.support.distribution import ADMIN, Registry, memory_registry, serving
from tests.support.object_store import s3_server, s3_store

pytestmark = pytest.mark.peer


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with s3_server(tmp_path) as url:
        registry = memory_registry(
            blobs=ObjectStoreBlobs(s3_store(url, "here")), redirect_blobs=timedelta(minutes=1)
        )
        yield registry
        registry.close()


def test_a_pull_is_led_to_the_object_store(registry: Registry) -> None:
    content = os.urandom(20 << 20)
    with serving(registry.app) as address, httpx.Client(base_url=f"http://{address}", auth=ADMIN) as http:
        repo = Repo(http, "team/app")
        digest = repo.push_blob(content)
        answer = http.get(f"{repo.url}/blobs/{digest}")
        assert answer.status_code == 307
        assert answer.headers["docker-content-digest"] == str(digest)
        elsewhere = answer.headers["location"]
        assert httpx.get(elsewhere).content == content
        part = httpx.get(elsewhere, headers={"range": "bytes=5-9"})
        assert part.content == content[5:10]
        head = http.head(f"{repo.url}/blobs/{digest}")
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(content)))
