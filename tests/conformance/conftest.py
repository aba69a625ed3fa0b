"""One real server with a registry in memory, and a fresh repository for each test."""

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from lading.adapters.blobs_object_store import ObjectStoreBlobs
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.server.socket_bodies import SocketBodiesProtocol
from tests.support.distribution import ADMIN, Registry, disk_registry, memory_registry, serving
from tests.support.object_store import s3_server, s3_store

_numbers = itertools.count(1)


@pytest.fixture(scope="module", params=["messages", "sockets", "sockets-asyncio", "object-store"])
def way(request: pytest.FixtureRequest) -> str:
    """How bodies travel: as ASGI messages, between socket and file under either loop, or to a bucket."""
    assert isinstance(request.param, str)
    return request.param


@pytest.fixture(scope="module")
def registry(
    way: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Registry]:
    if way == "messages":
        registry = memory_registry()
    elif way == "object-store":
        url = request.getfixturevalue("s3")
        registry = memory_registry(blobs=ObjectStoreBlobs(s3_store(url, f"conformance-{next(_numbers)}")))
    else:
        registry = disk_registry(tmp_path_factory.mktemp("registry"), large_body=1)
    yield registry
    registry.close()


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an S3 server for the whole run."""
    with s3_server(tmp_path_factory.mktemp("s3")) as url:
        yield url


@pytest.fixture(scope="module")
def address(way: str, registry: Registry) -> Iterator[str]:
    options: dict[str, Any] = {}
    if way != "messages":
        options["http"] = SocketBodiesProtocol
    if way == "sockets-asyncio":
        options["loop"] = "asyncio"
    with serving(registry.app, **options) as address:
        yield address


@pytest.fixture(scope="module")
def http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{address}", auth=ADMIN) as http:
        yield http


@dataclass(frozen=True)
class Repo:
    """A repository as a client pushes into it and pulls from it."""

    http: httpx.Client
    name: str

    @property
    def url(self) -> str:
        return f"/v2/{self.name}"

    def begin(self, **query: str) -> httpx.Response:
        return self.http.post(f"{self.url}/blobs/uploads/", params=query)

    def push_blob(self, content: bytes, algorithm: str = "sha256") -> Digest:
        digest = Digest.of(content, algorithm)
        answer = self.http.post(f"{self.url}/blobs/uploads/", params={"digest": str(digest)}, content=content)
        assert answer.status_code == 201, answer.text
        return digest

    def put_manifest(self, document: Mapping[str, Any], reference: str, **query: str) -> httpx.Response:
        return self.http.put(
            f"{self.url}/manifests/{reference}",
            params=query,
            content=json.dumps(document).encode(),
            headers={"content-type": document["mediaType"]},
        )

    def push_image(self, tag: str, *, layer: bytes = b"a layer", **members: object) -> Digest:
        """Push an image with one layer, its config named after the tag."""
        document = self.image_document(f"config of {tag}".encode(), layer, **members)
        answer = self.put_manifest(document, tag)
        assert answer.status_code == 201, answer.text
        return Digest.parse(answer.headers["docker-content-digest"])

    def image_document(self, config: bytes, layer: bytes, **members: object) -> dict[str, Any]:
        """Push config and layer, and give the manifest that puts them together."""
        return {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": descriptor(self.push_blob(config), len(config), media_types.OCI_CONFIG),
            "layers": [descriptor(self.push_blob(layer), len(layer), media_types.OCI_LAYER_TAR)],
            **members,
        }


def descriptor(digest: Digest, size: int, media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(digest), "size": size}


def error_codes(answer: httpx.Response) -> list[str]:
    """The codes of an error body, whose whole shape is checked here (spec, "Error Codes")."""
    assert answer.headers["content-type"] == "application/json"
    errors = answer.json()["errors"]
    assert errors
    assert all(isinstance(error["message"], str) and error["message"] for error in errors)
    return [error["code"] for error in errors]


@pytest.fixture
def repo(http: httpx.Client) -> Repo:
    return Repo(http, f"conformance/repo-{next(_numbers)}")
