"""An upstream registry on a real socket that counts what it is asked, and misbehaves when told to."""

import base64
import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lading.oci import media_types
from lading.oci.digest import Digest


@dataclass
class Upstream:
    """What it holds, what it was asked, and how it behaves from now on."""

    manifests: dict[tuple[str, str], bytes] = field(default_factory=dict)  # (repository, tag or digest)
    blobs: dict[str, bytes] = field(default_factory=dict)
    login: tuple[str, str] | None = None
    asked: list[str] = field(default_factory=list)
    authorizations: list[tuple[str, str]] = field(default_factory=list)  # (path, header)
    status: int = 200  # for everything, where it is another one
    headers: dict[str, str] = field(default_factory=dict)
    break_after: int | None = None  # bytes of a blob after which the connection is cut, once
    then: int = 200  # the status of everything after that
    ranges: bool = True
    has_referrers: bool = True
    wrong: bool = False  # whether blobs have other bytes
    redirect: str = ""  # where blobs lie instead
    go_on: threading.Event = field(default_factory=threading.Event)  # blobs wait in their middle for it
    url: str = ""

    def __post_init__(self) -> None:
        self.go_on.set()

    def image(
        self, repository: str, tag: str, *, name: str = "app", size: int = 1000, created: str = ""
    ) -> Digest:
        """Have an image of one layer that differs by ``name``."""
        layer = (f"layer of {name} ".encode() * (size // 10 + 1))[:size]
        config = json.dumps(
            {"architecture": "amd64", "os": "linux", "name": name, "created": created}
        ).encode()
        raw = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": media_types.OCI_MANIFEST,
                "config": self._blob(config, media_types.OCI_CONFIG),
                "layers": [self._blob(layer, media_types.OCI_LAYER_TAR)],
            }
        ).encode()
        return self.manifest(repository, tag, raw)

    def index(self, repository: str, tag: str, *children: Digest) -> Digest:
        """Have an index of manifests that are there."""
        listed = [
            {
                "mediaType": media_types.OCI_MANIFEST,
                "digest": str(child),
                "size": len(self.manifests[repository, str(child)]),
                "platform": {"os": "linux", "architecture": architecture},
            }
            for child, architecture in zip(children, ("amd64", "arm64", "s390x"), strict=False)
        ]
        raw = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": listed}
        return self.manifest(repository, tag, json.dumps(raw).encode())

    def manifest(self, repository: str, tag: str, raw: bytes) -> Digest:
        digest = Digest.of(raw)
        self.manifests[repository, str(digest)] = raw
        if tag:
            self.manifests[repository, tag] = raw
        return digest

    def referrer(self, repository: str, subject: Digest, artifact_type: str) -> Digest:
        """Have an artifact that refers to a manifest."""
        raw = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": media_types.OCI_MANIFEST,
                "artifactType": artifact_type,
                "config": self._blob(b"{}", media_types.OCI_EMPTY),
                "layers": [self._blob(f"about {subject}".encode(), artifact_type)],
                "subject": {
                    "mediaType": media_types.OCI_MANIFEST,
                    "digest": str(subject),
                    "size": len(self.manifests[repository, str(subject)]),
                },
            }
        ).encode()
        return self.manifest(repository, "", raw)

    def referrers_of(self, repository: str, subject: str) -> bytes:
        """What the referrers API answers."""
        listed = []
        for (there, reference), raw in self.manifests.items():
            document = json.loads(raw)
            if (
                there == repository
                and ":" in reference
                and document.get("subject", {}).get("digest") == subject
            ):
                entry = {"mediaType": media_types.OCI_MANIFEST, "digest": reference, "size": len(raw)}
                listed.append(entry | {"artifactType": document.get("artifactType", "")})
        index = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": listed}
        return json.dumps(index).encode()

    def layer_of(self, repository: str, tag: str) -> Digest:
        """The layer of an image."""
        return Digest.parse(json.loads(self.manifests[repository, tag])["layers"][0]["digest"])

    def count(self, text: str) -> int:
        """How many requests had this in their method and path."""
        return sum(text in each for each in self.asked)

    def _blob(self, content: bytes, media_type: str) -> dict[str, Any]:
        digest = Digest.of(content)
        self.blobs[str(digest)] = content
        return {"mediaType": media_type, "digest": str(digest), "size": len(content)}


@contextlib.contextmanager
def upstream(**members: Any) -> Iterator[Upstream]:
    """Run one on a free port of this machine."""
    told = Upstream(**members)

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            _answer(told, self)

        do_HEAD = do_GET  # noqa: N815 - the name that the library looks for

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    told.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        told.go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(told: Upstream, request: BaseHTTPRequestHandler) -> None:
    path = request.path.partition("?")[0]
    told.asked.append(f"{request.command} {path}")
    told.authorizations.append((path, request.headers.get("Authorization", "")))
    if path == "/token":
        _give_token(told, request)
        return
    if told.status != 200:
        body = json.dumps({"errors": [{"code": "TOOMANYREQUESTS", "message": "slow down"}]}).encode()
        _send(request, told.status, body, told.headers)
        return
    if told.login and request.headers.get("Authorization") != "Bearer t0ken":
        realm = f'Bearer realm="{told.url}/token",service="upstream",scope="repository:x:pull"'
        _send(request, 401, b"{}", {"WWW-Authenticate": realm})
        return
    if path.endswith("/tags/list"):
        name = path.removeprefix("/v2/").removesuffix("/tags/list")
        tags = sorted({tag for there, tag in told.manifests if there == name and ":" not in tag})
        _send(request, 200, json.dumps({"name": name, "tags": tags}).encode(), told.headers)
        return
    if "/referrers/" in path and told.has_referrers:
        _send(request, 200, told.referrers_of(*path.removeprefix("/v2/").split("/referrers/")), {})
        return
    repository, _, rest = path.removeprefix("/v2/").rpartition("/manifests/")
    if repository and (repository, rest) in told.manifests:
        raw = told.manifests[repository, rest]
        media_type = json.loads(raw).get("mediaType", "")
        _send(
            request, 200, raw,
            {"Content-Type": media_type, "Docker-Content-Digest": str(Digest.of(raw)), **told.headers},
        )  # fmt: skip
        return
    digest = path.rpartition("/blobs/")[2]
    if digest in told.blobs:
        _send_blob(told, request, digest)
        return
    _send(request, 404, b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}', {})


def _give_token(told: Upstream, request: BaseHTTPRequestHandler) -> None:
    sent = request.headers.get("Authorization", "").removeprefix("Basic ")
    known = told.login is not None and base64.b64decode(sent).decode() == ":".join(told.login)
    _send(request, 200 if known else 401, b'{"token":"t0ken"}' if known else b"{}", {})


def _send_blob(told: Upstream, request: BaseHTTPRequestHandler, digest: str) -> None:
    if told.redirect:
        _send(request, 307, b"", {"Location": f"{told.redirect}/{digest}"})
        return
    content = told.blobs[digest]
    if told.wrong:
        content = bytes(len(content))
    start, status, headers = 0, 200, dict(told.headers)
    asked = request.headers.get("Range", "")
    if asked and told.ranges:
        start, status = int(asked.removeprefix("bytes=").rstrip("-")), 206
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
    request.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(content) - start)}.items():
        request.send_header(name, value)
    request.end_headers()
    if request.command == "HEAD":
        return
    rest = content[start:]
    middle = told.break_after if told.break_after is not None else len(rest) // 2
    request.wfile.write(rest[:middle])
    request.wfile.flush()
    told.go_on.wait(30)
    if told.break_after is not None:
        told.break_after, told.status = None, told.then
        request.close_connection = True
        return
    with contextlib.suppress(OSError):
        request.wfile.write(rest[middle:])


def _send(request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]) -> None:
    request.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        request.send_header(name, value)
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(body)
