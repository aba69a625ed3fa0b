"""Uploads at once are bounded, by account and in all; manifests of unknown types keep what they point to."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from lading.oci.digest import Digest
from lading.registry.limits import DEFAULT_LIMITS
from tests.support.distribution import ADMIN, ROBOT, Registry, memory_registry, serving

CONTENT = b"0123456789"
DIGEST = str(Digest.of(CONTENT))
UPLOADS = "team/app/blobs/uploads/"
TYPE = "application/vnd.example.model.manifest.v3+json"


@pytest.fixture
def registry() -> Iterator[Registry]:
    limits = replace(DEFAULT_LIMITS, uploads=3, uploads_of_one=2, upload_place=timedelta(minutes=5))
    registry = memory_registry(limits=limits)
    yield registry
    registry.close()


@pytest.fixture
def client(registry: Registry) -> Iterator[httpx.Client]:
    with (
        serving(registry.app) as address,
        httpx.Client(base_url=f"http://{address}/v2/", auth=ADMIN) as client,
    ):
        yield client


def begun(client: httpx.Client) -> str:
    """Where an upload that has just begun goes on, below /v2/."""
    answer = client.post(UPLOADS)
    assert answer.status_code == 202
    return answer.headers["Location"].removeprefix("/v2/")


def test_too_many_uploads_are_429_with_what_to_do_and_one_that_ends_makes_room(
    registry: Registry, client: httpx.Client
) -> None:
    first = begun(client)
    second = begun(client)
    refused = client.post(UPLOADS)
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["code"] == "TOOMANYREQUESTS"
    assert "finish or cancel some" in refused.text
    assert int(refused.headers["Retry-After"]) > 0
    assert len(list(registry.blobs.iter_uploads())) == 2  # nothing was kept for the third
    assert client.post(UPLOADS, auth=ROBOT).status_code == 202
    assert client.post("team/other/blobs/uploads/", auth=ROBOT).status_code == 429  # those of all
    assert client.put(first, params={"digest": DIGEST}, content=CONTENT).status_code == 201
    assert client.post(UPLOADS).status_code == 202
    assert client.delete(second).status_code == 204
    assert client.post(UPLOADS, params={"digest": DIGEST}, content=CONTENT).status_code == 201
    assert client.post(UPLOADS).status_code == 202


def test_a_forgotten_upload_loses_its_place_and_can_still_be_gone_on_with(
    registry: Registry, client: httpx.Client
) -> None:
    forgotten = begun(client)
    client.post(UPLOADS)
    registry.ahead = timedelta(minutes=6)
    assert client.post(UPLOADS).status_code == 202
    assert client.put(forgotten, params={"digest": DIGEST}, content=CONTENT).status_code == 201


def test_what_is_refused_takes_no_place(client: httpx.Client) -> None:
    session = begun(client)
    unknown = f"{UPLOADS}00000000-0000-4000-8000-000000000000"
    for _ in range(5):
        assert client.patch(unknown, content=b"x").status_code == 404
        assert client.patch(session.replace("team/", "other/"), content=b"x", auth=ROBOT).status_code == 403
        assert client.post(UPLOADS, params={"digest": DIGEST}, content=b"wrong").status_code == 400
    assert client.post(UPLOADS).status_code == 202


def test_a_manifest_of_an_unknown_type_is_stored_as_it_is_and_keeps_what_it_lists(
    client: httpx.Client,
) -> None:
    blob = {"mediaType": "application/x.weights", "digest": DIGEST, "size": len(CONTENT)}
    subject = {"mediaType": TYPE, "digest": str(Digest.of(b"what it is about")), "size": 16}
    raw = json.dumps({"mediaType": TYPE, "layers": [blob], "subject": subject}, indent=3).encode()
    url, headers = "team/app/manifests/model", {"Content-Type": TYPE}
    missing = client.put(url, content=raw, headers=headers)
    assert missing.status_code == 404
    assert missing.json()["errors"][0]["code"] == "MANIFEST_BLOB_UNKNOWN"
    client.post(UPLOADS, params={"digest": DIGEST}, content=CONTENT)
    assert client.put(url, content=raw, headers=headers).status_code == 201
    pulled = client.get(url)
    assert (pulled.content, pulled.headers["Content-Type"]) == (raw, TYPE)
    listed = client.get(f"team/app/referrers/{subject['digest']}").json()["manifests"]
    assert [entry["artifactType"] for entry in listed] == [TYPE]
    assert client.delete(f"team/app/blobs/{DIGEST}").status_code == 405  # it is needed
    assert client.put(url, content=raw, headers={"Content-Type": "application/vnd.x+json"}).status_code == 400
