"""Clients that break off, contradict themselves, send nonsense, or come all at once."""

import itertools
import json
import os
import resource
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from lading.oci import media_types
from lading.oci.digest import Digest
from lading.registry.limits import RegistryLimits
from lading.server.socket_bodies import SocketBodiesProtocol
from tests.conformance.conftest import Repo, descriptor, error_codes
from tests.support.distribution import ADMIN, Registry, disk_registry, serving

MEBIBYTE = 1 << 20
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder = tmp_path_factory.mktemp("registry")
    limits = RegistryLimits(blob_bytes=64 * MEBIBYTE, idle_client=timedelta(seconds=2))
    registry = disk_registry(folder, limits=limits)
    yield registry
    registry.close()


@pytest.fixture(scope="module", params=["messages", "sockets"])
def address(request: pytest.FixtureRequest, registry: Registry) -> Iterator[str]:
    options = {"http": SocketBodiesProtocol} if request.param == "sockets" else {}
    with serving(registry.app, **options) as address:
        yield address


@pytest.fixture
def repo(address: str) -> Iterator[Repo]:
    with httpx.Client(base_url=f"http://{address}", auth=ADMIN, timeout=60) as http:
        yield Repo(http, f"hostile/repo-{next(_numbers)}")


def _raw(address: str, request: bytes) -> socket.socket:
    host, _, port = address.partition(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    connection.sendall(request)
    return connection


def _head(method: str, path: str, *headers: str) -> bytes:
    credentials = "Authorization: Basic YWRtaW46Y29ycmVjdCBob3JzZQ=="
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", credentials, *headers, "", ""]).encode()


def test_a_client_that_leaves_in_mid_push_can_go_on_later(repo: Repo, address: str) -> None:
    content = os.urandom(5 * MEBIBYTE)
    location = repo.begin().headers["location"]
    connection = _raw(address, _head("PATCH", location, f"Content-Length: {len(content)}"))
    connection.sendall(content[: 3 * MEBIBYTE])
    connection.close()
    offset = _settled_offset(repo, location)
    assert 0 < offset <= 3 * MEBIBYTE
    answer = repo.http.patch(
        location, content=content[offset:], headers={"content-range": f"{offset}-{len(content) - 1}"}
    )
    assert answer.status_code == 202
    digest = Digest.of(content)
    assert repo.http.put(location, params={"digest": str(digest)}).status_code == 201
    assert repo.http.get(f"{repo.url}/blobs/{digest}").content == content


def _settled_offset(repo: Repo, location: str) -> int:
    """Ask until the server has noticed that the client is gone and written what came."""
    last = -1
    for _ in range(200):
        answer = repo.http.get(location)
        assert answer.status_code == 204
        offset = int(answer.headers["range"].partition("-")[2]) + 1
        if offset == last and offset > 1:
            return offset
        last = offset
        time.sleep(0.05)
    raise AssertionError("the upload never settled")


def test_a_client_that_sends_nothing_is_not_waited_for(repo: Repo, address: str) -> None:
    location = repo.begin().headers["location"]
    with _raw(address, _head("PATCH", location, "Content-Length: 100000")) as idle:
        idle.sendall(b"begun")
        _wait_for_bytes(repo, location, 5)
        assert repo.http.patch(location, content=b"x").status_code == 409
        assert idle.recv(4096).startswith(b"HTTP/1.1 408")
    assert repo.http.get(location).headers["range"] == "0-4"
    assert repo.http.patch(location, content=b"x").status_code == 202


def _wait_for_bytes(repo: Repo, location: str, count: int) -> None:
    """Wait until the server has begun to take what a client sends."""
    deadline = time.monotonic() + 1.5
    while repo.http.get(location).headers["range"] != f"0-{count - 1}" and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_client_that_reads_nothing_is_not_waited_for(repo: Repo, address: str) -> None:
    digest = repo.push_blob(os.urandom(40 * MEBIBYTE))
    with _raw(address, _head("GET", f"{repo.url}/blobs/{digest}")):
        deadline = time.monotonic() + 20
        while not _open_blob_files() and time.monotonic() < deadline:
            time.sleep(0.01)
        while _open_blob_files() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert _open_blob_files() == []


def test_a_single_post_that_breaks_off_leaves_nothing(repo: Repo, address: str, registry: Registry) -> None:
    content = os.urandom(2 * MEBIBYTE)
    uploads = {upload.id for upload in registry.blobs.iter_uploads()}
    path = f"{repo.url}/blobs/uploads/?digest={Digest.of(content)}"
    connection = _raw(address, _head("POST", path, f"Content-Length: {len(content)}"))
    connection.sendall(content[:-1])
    connection.close()
    deadline = time.monotonic() + 10
    while _uploads_since(registry, uploads) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _uploads_since(registry, uploads) == set()
    assert registry.blobs.stat(Digest.of(content)) is None


def _uploads_since(registry: Registry, before: set[str]) -> set[str]:
    return {upload.id for upload in registry.blobs.iter_uploads()} - before


def test_a_body_shorter_than_announced_is_not_taken_for_whole(repo: Repo, address: str) -> None:
    content = b"shorter"
    location = repo.begin().headers["location"]
    path = f"{location}?digest={Digest.of(content)}"
    connection = _raw(address, _head("PUT", path, "Content-Length: 100"))
    connection.sendall(content)
    connection.shutdown(socket.SHUT_WR)
    connection.recv(4096)
    connection.close()
    assert repo.http.head(f"{repo.url}/blobs/{Digest.of(content)}").status_code == 404


def test_two_clients_on_one_upload_take_turns_or_are_told(repo: Repo, address: str) -> None:
    location = repo.begin().headers["location"]
    first = _raw(address, _head("PATCH", location, f"Content-Length: {2 * MEBIBYTE}"))
    first.sendall(b"x" * MEBIBYTE)
    time.sleep(0.3)
    second = repo.http.patch(location, content=b"y")
    assert second.status_code == 409
    assert error_codes(second) == ["BLOB_UPLOAD_INVALID"]
    first.sendall(b"x" * MEBIBYTE)
    assert first.recv(4096).startswith(b"HTTP/1.1 202")
    first.close()
    digest = Digest.of(b"x" * (2 * MEBIBYTE))
    assert repo.http.put(location, params={"digest": str(digest)}).status_code == 201


def test_many_clients_push_the_same_blob_at_once(repo: Repo, address: str) -> None:
    content = os.urandom(3 * MEBIBYTE)
    digest = Digest.of(content)
    statuses: list[int] = []

    def push() -> None:
        with httpx.Client(base_url=f"http://{address}", auth=ADMIN, timeout=60) as http:
            answer = http.post(f"{repo.url}/blobs/uploads/", params={"digest": str(digest)}, content=content)
            statuses.append(answer.status_code)

    threads = [threading.Thread(target=push) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 8
    assert repo.http.get(f"{repo.url}/blobs/{digest}").content == content


def test_a_blob_beyond_the_limit_is_cut_off_and_thrown_away(repo: Repo, registry: Registry) -> None:
    digest = Digest.of(b"")
    chunk = b"\0" * MEBIBYTE
    uploads = {upload.id for upload in registry.blobs.iter_uploads()}
    answer = repo.http.post(
        f"{repo.url}/blobs/uploads/", params={"digest": str(digest)}, content=iter([chunk] * 70)
    )
    assert answer.status_code == 413
    assert error_codes(answer) == ["SIZE_INVALID"]
    assert _uploads_since(registry, uploads) == set()


def test_large_blobs_do_not_pass_through_memory(repo: Repo) -> None:
    content = os.urandom(MEBIBYTE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB; the server is in this process
    for number in range(4):
        blob = [content] * 60 + [str(number).encode()]
        digest = Digest.of(b"".join(blob)) if number == 0 else None
        location = repo.begin().headers["location"]
        if number == 0:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            assert repo.http.patch(location, content=iter(blob)).status_code == 202
            assert repo.http.put(location, params={"digest": str(digest)}).status_code == 201
            with repo.http.stream("GET", f"{repo.url}/blobs/{digest}") as answer:
                assert sum(len(part) for part in answer.iter_raw()) == 60 * MEBIBYTE + 1
        else:
            assert repo.http.patch(location, content=iter(blob)).status_code == 202
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 32 << 10, f"{grown} KiB for 240 MiB of blobs"


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"", media_types.OCI_MANIFEST, 400, "MANIFEST_INVALID"),
        (b"not json", media_types.OCI_MANIFEST, 400, "MANIFEST_INVALID"),
        (b"[]", media_types.OCI_MANIFEST, 400, "MANIFEST_INVALID"),
        (b'{"schemaVersion":2,"schemaVersion":1}', media_types.OCI_MANIFEST, 400, "MANIFEST_INVALID"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, media_types.OCI_MANIFEST, 400, "MANIFEST_INVALID"),
        (b"\xff\xfe{}", media_types.OCI_MANIFEST, 400, "MANIFEST_INVALID"),
        (b'{"schemaVersion":1,"fsLayers":[]}', media_types.OCI_MANIFEST, 400, "MANIFEST_INVALID"),
        (b'{"schemaVersion":2}', "application/vnd.example.unknown", 415, "MANIFEST_INVALID"),
        (b'{"schemaVersion":2}', "text/html", 415, "MANIFEST_INVALID"),
        (b'{"schemaVersion":2,"mediaType":"a/b"}', media_types.OCI_MANIFEST, 400, "MANIFEST_INVALID"),
        (b" " * (8 * MEBIBYTE + 1), media_types.OCI_MANIFEST, 413, "MANIFEST_INVALID"),
    ],
    ids=[
        "empty", "no-json", "a-list", "duplicate-keys", "absurd-depth", "no-utf8", "schema-1",
        "unknown-type", "html", "two-types", "oversized",
    ],
)  # fmt: skip
def test_a_manifest_that_is_none_gets_a_clear_no(
    repo: Repo, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = repo.http.put(f"{repo.url}/manifests/v1", content=body, headers={"content-type": content_type})
    assert answer.status_code == status
    assert error_codes(answer) == [code]
    assert repo.http.get(f"{repo.url}/manifests/v1").status_code == 404


def test_an_oversized_manifest_without_a_length_is_cut_off(repo: Repo) -> None:
    answer = repo.http.put(
        f"{repo.url}/manifests/v1",
        content=iter([b" " * MEBIBYTE] * 20),
        headers={"content-type": media_types.OCI_MANIFEST},
    )
    assert answer.status_code == 413


def test_an_image_that_is_also_an_index_is_refused(repo: Repo) -> None:
    """CVE-2021-41190: two readers, two meanings."""
    document = repo.image_document(b"config", b"layer")
    document["manifests"] = [descriptor(Digest.of(b"x"), 1, media_types.OCI_MANIFEST)]
    answer = repo.put_manifest(document, "v1")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/v2/../../etc/passwd",
        "/v2/%2e%2e/%2e%2e/etc/passwd/manifests/x",
        "/v2/a/blobs/../../../etc/passwd",
        "/v2/a/blobs/sha256:..%2f..%2f..%2fetc%2fpasswd",
        "/v2/a/blobs/uploads/..%2f..%2fstore",
        "/v2/a%00b/manifests/x",
        "/v2/" + "a/" * 2000 + "manifests/x",
    ],
)
def test_a_path_that_climbs_finds_nothing(address: str, path: str) -> None:
    with _raw(address, _head("GET", path, "Connection: close")) as connection:
        answer = connection.recv(65536)
    assert answer.split(b" ")[1] in {b"400", b"404", b"405", b"414"}
    assert b"root:" not in answer


@pytest.mark.parametrize(
    "query", ["mount=sha256:x%0d%0aX-Evil:1", "digest=%0d%0aX-Evil:%201", "digest-algorithm=%0d%0aX-Evil:1"]
)
def test_a_query_does_not_become_a_header(address: str, query: str) -> None:
    with _raw(address, _head("POST", f"/v2/a/blobs/uploads/?{query}", "Content-Length: 0")) as connection:
        answer = connection.recv(65536)
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert b"x-evil" not in head


def test_too_many_query_parameters_are_refused(repo: Repo) -> None:
    answer = repo.http.get(f"{repo.url}/tags/list?" + "&".join(f"a{n}=1" for n in range(500)))
    assert answer.status_code == 400


def test_a_slow_reader_can_leave(repo: Repo, address: str) -> None:
    content = os.urandom(20 * MEBIBYTE)
    digest = repo.push_blob(content)
    for _ in range(3):
        connection = _raw(address, _head("GET", f"{repo.url}/blobs/{digest}"))
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        connection.close()
    assert repo.http.get(f"{repo.url}/blobs/{digest}").content == content
    deadline = time.monotonic() + 10
    while _open_blob_files() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _open_blob_files() == []


def _open_blob_files() -> list[str]:
    found = []
    for opened in Path("/proc/self/fd").iterdir():
        try:
            target = opened.readlink()
        except OSError:
            continue
        if "/store/blobs/" in str(target):
            found.append(str(target))
    return found


def test_what_was_stored_before_all_this_is_still_whole(repo: Repo, address: str) -> None:
    image = repo.push_image("good", layer=b"precious")
    test_a_client_that_leaves_in_mid_push_can_go_on_later(repo, address)
    repo.http.put(f"{repo.url}/manifests/good", content=b"rubbish")
    repo.http.post(
        f"{repo.url}/blobs/uploads/", params={"digest": str(Digest.of(b"precious"))}, content=b"poison"
    )
    answer = repo.http.get(f"{repo.url}/manifests/good")
    assert answer.headers["docker-content-digest"] == str(image)
    for part in (json.loads(answer.content)["config"], *json.loads(answer.content)["layers"]):
        assert Digest.of(repo.http.get(f"{repo.url}/blobs/{part['digest']}").content) == Digest.parse(
            part["digest"]
        )
