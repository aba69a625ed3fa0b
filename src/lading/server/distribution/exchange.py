"""One request of a registry client, and the one answer to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import Executor
from datetime import timedelta
from urllib.parse import parse_qsl

from lading.foundation.errors import Malformed, OverLimit
from lading.registry.warnings import warning_values
from lading.server.asgi import Receive, Scope, Send
from lading.server.socket_bodies import EXTENSION, PeerGone, PeerIdle, SocketBodies

Headers = list[tuple[bytes, bytes]]

_ALWAYS: Headers = [
    (b"docker-distribution-api-version", b"registry/2.0"),
    (b"x-content-type-options", b"nosniff"),  # nothing that was pushed is ever to be run by a browser
]
_MAX_PARAMETERS = 100


class ClientGone(Exception):
    """The client closed the connection, or takes nothing any more: there is nobody left to answer."""


class Exchange:
    """A request with its body as a stream, and the ways to answer it."""

    __slots__ = (
        "_headers",
        "_idle",
        "_parameters",
        "_receive",
        "_scope",
        "_send",
        "_warnings",
        "body_ended",
        "is_answered",
        "method",
        "path",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, idle: timedelta) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._idle = idle.total_seconds()
        self._headers: Headers = scope["headers"]
        self._parameters: list[tuple[str, str]] | None = None
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.body_ended = False
        self.is_answered = False  # an answer has begun, and no other can
        self._warnings: list[str] = []

    def warn(self, text: str) -> None:
        """Tell the person behind the client something in the answer to come."""
        self._warnings.append(text)

    def header(self, name: bytes) -> str | None:
        """The first header of this lower-case name."""
        for key, value in self._headers:
            if key == name:
                return value.decode("latin-1")
        return None

    def parameter(self, name: str) -> str | None:
        """The first query parameter of this name."""
        return next(iter(self.parameters(name)), None)

    def parameters(self, name: str) -> list[str]:
        """Every query parameter of this name, in order."""
        if self._parameters is None:
            query: bytes = self._scope["query_string"]
            try:
                self._parameters = parse_qsl(
                    query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MAX_PARAMETERS
                )
            except ValueError as error:
                raise Malformed("query-invalid", f"the query has too many parameters: {error}") from error
        return [value for key, value in self._parameters if key == name]

    @property
    def content_length(self) -> int | None:
        """The announced size of the body in bytes, None where it is not announced."""
        text = self.header(b"content-length")
        return int(text) if text is not None and text.isascii() and text.isdigit() else None

    @property
    def request_id(self) -> str:
        """The id under which the server logs this request."""
        return str(self._scope.get("state", {}).get("request_id", ""))

    @property
    def client_address(self) -> str:
        """The network address that the request came from, as far as the server knows it."""
        client = self._scope.get("client")
        return client[0] if client else ""

    @property
    def origin(self) -> str:
        """Scheme and host as the client wrote them: ``http://127.0.0.1:5000``."""
        return f"{self._scope.get('scheme', 'http')}://{self.header(b'host') or 'localhost'}"

    @property
    def socket_bodies(self) -> SocketBodies | None:
        """The way past the event loop for large bodies, where the server offers it.

        A body in chunks of HTTP has no announced size, and is left to the parser.
        """
        bodies = (self._scope.get("extensions") or {}).get(EXTENSION)
        return bodies if isinstance(bodies, SocketBodies) else None

    async def receive_past_the_loop(
        self, bodies: SocketBodies, write: Callable[[memoryview], None], executor: Executor
    ) -> None:
        """Hand a body of announced size to ``write`` in threads. Raises what ``iter_body`` does."""
        assert self.content_length is not None
        try:
            await bodies.receive(write, self.content_length, executor=executor, idle=self._idle)
        except PeerGone as error:
            raise ClientGone from error
        except PeerIdle as error:
            raise self._idle_client() from error
        self.body_ended = True

    async def send_file(
        self, bodies: SocketBodies, file: int, start: int, stop: int, executor: Executor
    ) -> None:
        """Send a part of an open file as the body of the answer that was started, and end the answer."""
        try:
            await bodies.send_file(file, start, stop, executor=executor, idle=self._idle)
        except PeerGone as error:
            raise ClientGone from error
        await self.end()

    async def iter_body(self) -> AsyncIterator[bytes]:
        """The body in the pieces it arrives in.

        Raises ClientGone when it stops before its end, and Malformed ``client-idle`` when nothing comes for
        too long: who sends a byte an hour must not hold an upload.
        """
        while not self.body_ended:
            try:
                async with asyncio.timeout(self._idle):
                    message = await self._receive()
            except TimeoutError as error:
                raise self._idle_client() from error
            if message["type"] == "http.disconnect":
                raise ClientGone
            self.body_ended = not message.get("more_body", False)
            body: bytes = message.get("body", b"")
            if body:
                yield body

    def _idle_client(self) -> Malformed:
        return Malformed(
            "client-idle",
            f"nothing came for {self._idle:.0f} seconds",
            hint="ask for the upload's status and go on from there",
        )

    async def read_body(self, *, max_bytes: int, code: str, what: str) -> bytes:
        """The whole body, or OverLimit ``code`` as soon as it is known to be larger than ``max_bytes``."""
        parts: list[bytes] = []
        total = self.content_length or 0
        if total <= max_bytes:
            total = 0
            async for part in self.iter_body():
                total += len(part)
                if total > max_bytes:
                    break
                parts.append(part)
        if total > max_bytes:
            raise OverLimit(
                code,
                f"{what} is larger than the {max_bytes} bytes allowed",
                details={"limit": max_bytes},
            )
        return b"".join(parts)

    async def wait_until_gone(self) -> None:
        """Return when the client closes the connection; whatever it still sends is dropped."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def respond(self, status: int, headers: Headers, body: bytes = b"") -> None:
        """Answer with all there is at once; ``headers`` come without Content-Length."""
        await self.start(status, [*headers, (b"content-length", str(len(body)).encode())])
        await self.end(b"" if self.method == "HEAD" else body)

    async def respond_json(
        self, status: int, document: object, headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        """Answer with a JSON document."""
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        await self.respond(status, [(b"content-type", b"application/json"), *headers], body)

    async def start(self, status: int, headers: Headers) -> None:
        """Begin an answer whose body follows in chunks."""
        self.is_answered = True
        told: Headers = [header(b"warning", value) for value in warning_values(self._warnings)]
        await self._send(
            {"type": "http.response.start", "status": status, "headers": [*_ALWAYS, *headers, *told]}
        )

    async def send(self, chunk: bytes) -> None:
        """Send a chunk of the body; returns when the client took enough of what was sent before.

        Raises ClientGone when it takes nothing for too long.
        """
        try:
            async with asyncio.timeout(self._idle):
                await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        except TimeoutError as error:
            raise ClientGone from error

    async def end(self, chunk: bytes = b"") -> None:
        """Send the last chunk."""
        await self._send({"type": "http.response.body", "body": chunk})


def header(name: bytes, value: object) -> tuple[bytes, bytes]:
    """Make a header of a value that holds nothing but printable ASCII; anything else is a fault of ours."""
    text = str(value)
    if not text.isascii() or not text.isprintable():
        raise ValueError(f"{name!r} would carry {text!r}")  # header injection stops here, whoever let it in
    return name, text.encode("ascii")
