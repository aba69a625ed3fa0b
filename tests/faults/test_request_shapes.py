"""Requests that two programs could read in two ways, over raw sockets: each a 4xx and a log line."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from lading.server.socket_bodies import SocketBodiesProtocol
from lading.server.strict_http import HEAD_BYTES, HEADERS, URL_BYTES
from tests.support.distribution import ADMIN, Registry, disk_registry, serving

SIGNED = b"Authorization: Basic YWRtaW46Y29ycmVjdCBob3JzZQ==\r\n"
GET = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n" + SIGNED
POST = b"POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\n" + SIGNED
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
SMUGGLED = b"GET /v2/_catalog HTTP/1.1\r\nHost: x\r\n" + SIGNED + b"\r\n"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    registry = disk_registry(tmp_path_factory.mktemp("registry"))
    yield registry
    registry.close()


@pytest.fixture(scope="module")
def address(registry: Registry) -> Iterator[str]:
    with serving(registry.app, http=SocketBodiesProtocol) as address:
        yield address


def answers(address: str, request: bytes, *, seconds: float = 5) -> bytes:
    """Everything that comes back until the server closes."""
    host, _, port = address.partition(":")
    received = b""
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        connection.sendall(request)
        while chunk := connection.recv(1 << 16):
            received += chunk
    return received


AMBIGUOUS = {
    "length-and-chunks": POST + b"Content-Length: 5\r\n" + CHUNKED + SMUGGLED,
    "chunks-and-length": POST + CHUNKED[:28] + b"Content-Length: 5\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two-lengths": POST + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n" + SMUGGLED,
    "two-equal-lengths": POST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "a-list-of-lengths": POST + b"Content-Length: 0, 0\r\n\r\n",
    "a-signed-length": POST + b"Content-Length: +5\r\n\r\nabcde",
    "a-negative-length": POST + b"Content-Length: -1\r\n\r\n",
    "a-length-in-hex": POST + b"Content-Length: 0x5\r\n\r\nabcde",
    "a-length-beyond-64-bits": POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "a-space-before-the-colon": POST + b"Content-Length : 5\r\n\r\n" + SMUGGLED,
    "nearly-chunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two-codings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "chunked-twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "compressed-chunks": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a-tab-before-chunked": POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunks-in-1.0": POST.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a-folded-header": GET + b"X-A: a\r\n Content-Length: 5\r\n\r\n",
    "bare-lf": (GET + b"\r\n").replace(b"\r\n", b"\n"),
    "bare-lf-in-a-value": GET + b"X-A: a\nX-B: b\r\n\r\n",
    "bare-cr-in-a-value": GET + b"X-A: a\rX-B: b\r\n\r\n",
    "nul-in-a-value": GET + b"X-A: a\0b\r\n\r\n",
    "a-control-in-a-value": GET + b"X-A: a\x01b\r\n\r\n",
    "a-name-with-a-space": GET + b"X A: a\r\n\r\n",
    "an-empty-name": GET + b": a\r\n\r\n",
    "no-host": b"GET /v2/ HTTP/1.1\r\n" + SIGNED + b"\r\n",
    "two-hosts": GET + b"Host: y\r\n\r\n",
    "0.9": b"GET /v2/\r\n\r\n",
    "2.0": b"GET /v2/ HTTP/2.0\r\nHost: x\r\n\r\n",
    "the-preface-of-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a-strange-method": b"G\0T /v2/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "a-space-in-the-path": b"GET /v2/ a HTTP/1.1\r\nHost: x\r\n\r\n",
    "a-negative-chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n",
    "a-chunk-beyond-64-bits": POST + CHUNKED[:30] + b"ffffffffffffffffff\r\nx\r\n0\r\n\r\n",
    "chunks-by-bare-lf": POST + b"Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n",
    "tls-to-a-plain-port": bytes.fromhex("16030100c8010000c40303") + bytes(190),
}  # fmt: skip


@pytest.mark.parametrize("shape", AMBIGUOUS)
def test_what_could_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_answered(
    address: str, shape: str
) -> None:
    with capture_logs() as logs:
        received = answers(address, AMBIGUOUS[shape])
    assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert received.count(b"HTTP/1.1") == 1
    assert b"repositories" not in received
    (line,) = [entry for entry in logs if entry["event"] == "request refused before it was read"]
    assert (line["status"], line["client"]) == (400, "127.0.0.1")
    assert line["why"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (GET + b"X-A: " + b"a" * HEAD_BYTES + b"\r\n\r\n", 431),
        (GET + b"X-A: a\r\n" * HEADERS + b"\r\n", 431),
        (GET.replace(b"/v2/", b"/v2/" + b"a" * URL_BYTES) + b"\r\n", 414),
        (GET + b"X-A: " + b"a" * HEAD_BYTES, 431),  # and it never ends
    ],
    ids=["a-long-header", "many-headers", "a-long-url", "an-endless-header"],
)
def test_a_head_that_is_too_large_is_refused_while_it_comes(
    address: str, request_: bytes, status: int
) -> None:
    assert answers(address, request_).startswith(f"HTTP/1.1 {status} ".encode())


class Impatient(SocketBodiesProtocol):
    head_seconds = 0.3


def test_a_head_that_comes_too_slowly_is_not_waited_for(registry: Registry) -> None:
    with serving(registry.app, http=Impatient) as address:
        assert answers(address, b"GET /v2/ HTTP/1.1\r\nHost:").startswith(b"HTTP/1.1 408 ")
        assert answers(address, b"") == b""  # nothing was asked, so nothing is answered


@pytest.mark.parametrize(
    "path",
    [
        "/v2/../../etc/passwd", "/v2/%2e%2e/%2e%2e/manifests/x", "/v2/a/manifests/..%2f..%2fx",
        "/v2/a/blobs/..%2f..%2fx", "/v2/a/blobs/uploads/..%2f..%2fx", "/v2/a/blobs/sha256:../../x",
        "/v2//etc/manifests/x", "/v2/a%00/manifests/x", "/v2/a%0d%0aX-Evil:%201/manifests/x",
        "/v2/a/manifests/x%0d%0aSet-Cookie:%20a=b", "/v2/a/blobs/sha256:%0d%0aX-Evil:1",
        "/v2/%c0%ae%c0%ae/manifests/x", "/v2/a/tags/list%0d%0aX-Evil:%201", "/v2/a%5c..%5cb/manifests/x",
    ],
)  # fmt: skip
def test_paths_that_climb_or_carry_headers_are_4xx_and_change_no_header(address: str, path: str) -> None:
    received = answers(
        address, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode() + SIGNED + b"\r\n"
    )
    head = received.partition(b"\r\n\r\n")[0]
    assert head.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 "))
    assert b"evil" not in head.lower()
    assert b"set-cookie" not in head.lower()


@pytest.mark.parametrize(
    "header",
    [
        'Host: evil.example/"x',
        "X-Forwarded-Host: evil",
        "Range: bytes=0-%0d%0aX-Evil:1",
        'If-None-Match: "\\"x',
    ],
)
def test_nothing_of_a_request_comes_back_as_a_header(address: str, header: str) -> None:
    request = f"GET /v2/a/manifests/x HTTP/1.1\r\n{header}\r\nConnection: close\r\n"
    if not header.startswith("Host:"):
        request += "Host: x\r\n"
    head = answers(address, request.encode() + b"\r\n").partition(b"\r\n\r\n")[0]
    assert head.startswith(b"HTTP/1.1 401 ")
    assert b"evil" not in head.lower()


@pytest.mark.parametrize(
    "credentials",
    [b"Basic \xff\xfe", b"Basic \xe9", b"Basic =", b"Basic \xc3\xa9Og==", b"Bearer \xff", b"\xff", b""],
)
@pytest.mark.parametrize("path", [b"/v2/", b"/v2/token"])
def test_credentials_that_are_no_text_are_401(address: str, path: bytes, credentials: bytes) -> None:
    request = b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: " + credentials
    assert answers(address, request + b"\r\n\r\n").startswith(b"HTTP/1.1 401 ")


def test_good_requests_go_on_over_one_connection_and_may_be_pipelined(address: str, tmp_path: Path) -> None:
    del tmp_path
    with httpx.Client(base_url=f"http://{address}", auth=ADMIN) as client:
        content = b"x" * 300_000
        for _ in range(3):  # past the event loop, then by the parser again
            begun = client.post("/v2/a/blobs/uploads/")
            assert client.patch(begun.headers["Location"], content=content).status_code == 202
            assert client.get("/v2/").status_code == 200
            chunks = iter([b"a", b"b"])
            assert client.patch(begun.headers["Location"], content=chunks).status_code == 202
    last = GET + b"Connection: close\r\n\r\n"
    assert answers(address, (GET + b"\r\n") * 3 + last).count(b"HTTP/1.1 200") == 4
