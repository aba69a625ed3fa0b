"""Blobs over plain sockets: a client that costs little, so that the server is what is timed."""

import contextlib
import socket
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from bench.servers import Server
from lading.oci.digest import Digest
from lading.oci.media_types import OCI_MANIFEST

_BUFFER = 1 << 20
_SMALL = 64 << 10  # bytes that go out with the head of their request


def pull(server: Server, authorization: str, repository: str, digest: Digest, size: int) -> None:
    """Pull a blob, and look at nothing but its length."""
    with _connect(server) as connection:
        connection.sendall(_request("GET", f"/v2/{repository}/blobs/{digest}", server, authorization))
        status, _, body = _head(connection)
        if status != 200:
            raise RuntimeError(f"{server.version} answered {status} to a pull")
        received = len(body)
        buffer = bytearray(_BUFFER)
        while received < size:
            count = connection.recv_into(buffer)
            if not count:
                raise RuntimeError(f"{server.version} sent {received} of {size} bytes")
            received += count


def push(server: Server, authorization: str, repository: str, content: bytes, digest: Digest) -> None:
    """Push a blob as docker does: POST, one PATCH with everything, PUT."""
    with _connect(server) as connection:
        place = _step(connection, server, authorization, "POST", f"/v2/{repository}/blobs/uploads/", b"", 202)
        place = _step(connection, server, authorization, "PATCH", place, content, 202)
        separator = "&" if "?" in place else "?"
        _step(connection, server, authorization, "PUT", f"{place}{separator}digest={digest}", b"", 201)


@contextlib.contextmanager
def uploads_under_way(
    server: Server, authorization: str, repository: str, *, number: int, announced: int, sent: bytes
) -> Iterator[None]:
    """Begin uploads of ``announced`` bytes each, send a part of each, and hold them there."""
    with contextlib.ExitStack() as held:
        for _ in range(number):
            connection = held.enter_context(_connect(server))
            uploads = f"/v2/{repository}/blobs/uploads/"
            place = _step(connection, server, authorization, "POST", uploads, b"", 202)
            extra = [f"Content-Length: {announced}", "Content-Type: application/octet-stream"]
            connection.sendall(_request("PATCH", place, server, authorization, extra))
            connection.sendall(sent)
        yield


def push_images(
    server: Server,
    authorization: str,
    repository: str,
    images: Iterable[tuple[str, bytes, dict[Digest, bytes]]],
) -> None:
    """Push small images on one connection: HEAD, POST and PUT for each blob, then the manifest."""
    uploads = f"/v2/{repository}/blobs/uploads/"
    with _connect(server) as connection:
        for tag, manifest, blobs in images:
            for digest, content in blobs.items():
                target = f"/v2/{repository}/blobs/{digest}"
                _step(connection, server, authorization, "HEAD", target, b"", 404)
                place = _step(connection, server, authorization, "POST", uploads, b"", 202)
                place += f"{'&' if '?' in place else '?'}digest={digest}"
                _step(connection, server, authorization, "PUT", place, content, 201)
            target = f"/v2/{repository}/manifests/{tag}"
            _step(connection, server, authorization, "PUT", target, manifest, 201, OCI_MANIFEST)


def _step(
    connection: socket.socket,
    server: Server,
    authorization: str,
    method: str,
    target: str,
    content: bytes,
    expected: int,
    media_type: str = "application/octet-stream",
) -> str:
    extra = [f"Content-Length: {len(content)}", f"Content-Type: {media_type}"]
    head = _request(method, target, server, authorization, extra)
    if len(content) < _SMALL:
        connection.sendall(head + content)
    else:
        connection.sendall(head)
        connection.sendall(content)
    status, headers, body = _head(connection)
    rest = 0 if method == "HEAD" else int(headers.get("content-length", "0")) - len(body)
    while rest > 0:
        rest -= len(connection.recv(min(rest, _BUFFER)))
    if status != expected:
        raise RuntimeError(f"{server.version} answered {status} to {method}: {body[:300]!r}")
    place = urlsplit(headers.get("location", ""))
    return f"{place.path}?{place.query}" if place.query else place.path


def _connect(server: Server) -> socket.socket:
    place = urlsplit(server.url)
    return socket.create_connection((place.hostname, place.port), timeout=120)


def _request(
    method: str, target: str, server: Server, authorization: str, extra: Iterable[str] = ()
) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {urlsplit(server.url).netloc}", *extra]
    if authorization:
        lines.append(f"Authorization: {authorization}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _head(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            raise RuntimeError("the server hung up")
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return int(first.split()[1]), headers, body
