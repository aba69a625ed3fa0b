"""The whole server as one ASGI application: it routes by the first part of the path, and nothing more.

``/v2/`` goes to the distribution API without passing any framework, because that is where the load is.
"""

import asyncio
import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from lading.server.asgi import AsgiApp, Message, Receive, Scope, Send
from lading.server.errors import PROBLEM_JSON, internal_problem
from lading.server.telemetry import ServerMetrics, area_of, logger, request_id_of


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the server can do its work, and if not, what is missing."""

    ready: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ServerParts:
    """What the server is put together from. ``start`` and ``stop`` frame the process's life.

    ``fault_page`` makes the HTML page for a fault in the console, from the request id.
    """

    distribution: AsgiApp
    management: AsgiApp
    admission: AsgiApp
    provisioning: AsgiApp
    console: AsgiApp
    metrics: ServerMetrics
    readiness: Callable[[], Readiness]
    refresh_metrics: Callable[[], None]
    start: Callable[[], None]
    stop: Callable[[], None]
    fault_page: Callable[[str], bytes] | None = None


def server_app(parts: ServerParts) -> AsgiApp:
    """Put the parts behind one entrance, with a request id, a log line and metrics for each request."""
    log = logger()
    # Nobody has to be unable to guess them: they only have to differ, also from those of another process.
    prefix, numbers = secrets.token_hex(5), itertools.count()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(parts, receive, send)
            return
        if scope["type"] != "http":  # no websockets: refuse by closing, as ASGI asks
            await send({"type": "websocket.close", "code": 1000})
            return
        path: str = scope["path"]
        request_id = request_id_of(scope["headers"], f"{prefix}{next(numbers):06x}")
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        started = time.perf_counter()
        parts.metrics.in_flight.inc()
        try:
            await _route(parts, path)(scope, receive, send_marked)
        except Exception:  # the one broad catch of the server: a fault of ours must not take it down
            log.exception("request failed", method=scope["method"], path=path)
            if status:  # the answer is under way: breaking the connection is the only honest signal left
                raise
            await _answer(send_marked, 500, *_fault(parts, path, request_id))
        finally:
            seconds = time.perf_counter() - started
            parts.metrics.in_flight.dec()
            area = area_of(path)
            parts.metrics.observe(area, scope["method"], status, seconds)
            log.info(
                "request",
                method=scope["method"],
                path=path,
                status=status,
                ms=round(seconds * 1000, 1),
                client=(scope.get("client") or ("",))[0],
            )
            structlog.contextvars.clear_contextvars()

    return app


def _route(parts: ServerParts, path: str) -> AsgiApp:
    if path.startswith("/v2/") or path == "/v2":
        return parts.distribution
    if path.startswith("/api/"):
        return parts.management
    if path.startswith("/admission/"):
        return parts.admission
    if path.startswith("/scim/"):
        return parts.provisioning
    if path in _PROBES:
        probe = _PROBES[path]

        async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
            # They ask databases, which would hold up every request, and the job engine, which refuses to wait
            # where requests are awaited.
            await _answer(send, *await asyncio.to_thread(probe, parts))

        return answer
    return parts.console


def _fault(parts: ServerParts, path: str, request_id: str) -> tuple[str, bytes]:
    if parts.fault_page is not None and _route(parts, path) is parts.console:
        return "text/html; charset=utf-8", parts.fault_page(request_id)
    return PROBLEM_JSON, internal_problem(request_id)


def _alive(_parts: ServerParts) -> tuple[int, str, bytes]:
    return 200, "text/plain; charset=utf-8", b"alive\n"


def _ready(parts: ServerParts) -> tuple[int, str, bytes]:
    readiness = parts.readiness()
    text = "ready\n" if readiness.ready else f"not ready: {readiness.reason}\n"
    return 200 if readiness.ready else 503, "text/plain; charset=utf-8", text.encode()


def _metrics(parts: ServerParts) -> tuple[int, str, bytes]:
    parts.refresh_metrics()
    content, content_type = parts.metrics.exposition()
    return 200, content_type, content


_PROBES = {"/healthz": _alive, "/readyz": _ready, "/metrics": _metrics}


async def _answer(send: Send, status: int, content_type: str, body: bytes) -> None:
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _live(parts: ServerParts, receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                await asyncio.to_thread(parts.start)
            except Exception as error:  # noqa: BLE001 - ASGI wants the reason as a message, not as a raise
                logger().exception("start failed")
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            await send({"type": "lifespan.startup.complete"})
        else:
            await asyncio.to_thread(parts.stop)
            await send({"type": "lifespan.shutdown.complete"})
            return
