"""Requests that two programs could read in two ways are refused before anything of them is done.

A proxy in front of us and we must agree where a request ends, or somebody smuggles another one behind it.
The parser (llhttp) refuses Content-Length beside Transfer-Encoding, two Content-Lengths, folded headers,
bare LF and CR, and NUL. Beyond that:

1. HTTP is 1.0 or 1.1; a 1.1 request has just one Host, any other at most one (RFC 9112, section 3.2).
2. Transfer-Encoding is ``chunked`` and nothing else, once, and only in 1.1 (RFC 9112, section 6.1).
3. Header values have no control characters.
4. The head of a request is bounded in bytes, headers and time, also while it has not ended: nobody fills the
   memory with a header, or holds a connection by a byte now and then.
5. What is refused gets a 4xx that says why, a line in the log, and the end of the connection: what follows
   could be anything. Behind an answer that is under way, only the end.
"""

import asyncio
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from lading.server.telemetry import logger

HEAD_BYTES = 64 << 10
HEADERS = 200
URL_BYTES = 16 << 10
_CONTROLS = bytes(each for each in range(32) if each != 9) + b"\x7f"


class _Refused(Exception):
    """Raised in a callback of the parser, which stops on it."""


class StrictHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol under the rules above."""

    head_seconds = 30.0  # that the head of a request may take

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head = 0  # bytes since the last request ended
        self._in_body = False
        self._refusal = (HTTPStatus.BAD_REQUEST, "the request is no HTTP")
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request (rule 4)."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, by the numbered rules."""
        self._unset_keepalive_if_required()
        if not self._in_body:
            self._head += len(data)
        try:
            self.parser.feed_data(data)
            if not self._in_body and self._head > HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the head of the request has no end")
        except httptools.HttpParserUpgrade:
            return  # nothing is offered to upgrade to: the request is answered as it is
        except (httptools.HttpParserCallbackError, _Refused):
            self.send_400_response(self._refusal[1])
        except httptools.HttpParserError as error:
            said = "".join(each for each in str(error)[:100] if each.isascii() and each.isprintable())
            self.send_400_response(f"the request is no HTTP: {said}")

    def send_400_response(self, msg: str) -> None:
        """Rule 5."""
        status = self._refusal[0]
        address = self.client[0] if self.client else ""
        logger().warning("request refused before it was read", status=int(status), why=msg, client=address)
        self._head_is_here()
        if not self.pipeline and not self._is_answering():
            body = f"{msg}\n".encode()
            head = (
                f"HTTP/1.1 {int(status)} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._timer is None:
            self._wait_for_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head of a request is here, and judged before anything is done about it."""
        self._head_is_here()
        self._judge()
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A request has ended."""
        self.request_ended()
        super().on_message_complete()

    def request_ended(self) -> None:
        """What comes next is the head of another request."""
        self._in_body, self._head = False, 0

    def _judge(self) -> None:
        version = self.parser.get_http_version()
        # Rule 1.
        if version not in {"1.0", "1.1"}:
            self._refuse(HTTPStatus.BAD_REQUEST, "the version of HTTP is neither 1.0 nor 1.1")
        hosts = _count(self.headers, b"host")
        if hosts > 1 or (hosts == 0 and version == "1.1"):
            self._refuse(HTTPStatus.BAD_REQUEST, "the request has not just one Host")
        # Rule 2.
        codings = [value for name, value in self.headers if name == b"transfer-encoding"]
        if codings and (version == "1.0" or [each.strip().lower() for each in codings] != [b"chunked"]):
            self._refuse(HTTPStatus.BAD_REQUEST, "the Transfer-Encoding is not just chunked")
        # Rule 3.
        if any(value.translate(None, _CONTROLS) != value for _, value in self.headers):
            self._refuse(HTTPStatus.BAD_REQUEST, "a header has control characters")
        # Rule 4.
        if len(self.url) > URL_BYTES:
            self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG, f"the URL has more than {URL_BYTES} bytes")
        size = sum(len(name) + len(value) for name, value in self.headers)
        if len(self.headers) > HEADERS or size > HEAD_BYTES:
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"the request has more than {HEADERS} headers, or more than {HEAD_BYTES} bytes of them",
            )

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self._refusal = (status, why)
        raise _Refused

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        return cycle is not None and cycle.response_started and not cycle.response_complete

    def _wait_for_head(self) -> None:
        self._timer = self.loop.call_later(self.head_seconds, self._too_slow)

    def _head_is_here(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        if self._head:
            self._refusal = (HTTPStatus.REQUEST_TIMEOUT, "the head of the request took too long")
            self.send_400_response(self._refusal[1])
        else:
            self.transport.close()


def _count(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> int:
    return sum(name == wanted for name, _ in headers)
