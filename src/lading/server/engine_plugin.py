"""The authorization plugin of a Docker Engine (Docker Engine, "Access authorization plugin"), plain ASGI.

1. The engine posts to ``/Plugin.Activate`` once, to ``/AuthZPlugin.AuthZReq`` before each request, and to
   ``/AuthZPlugin.AuthZRes`` after it. Answers are always 200: what goes wrong here is a refusal with its
   reason.
2. What the engine answers is never held back: the request was judged.
3. Asking blocks, and asks the engine itself, which asks us about that: so it runs in threads, and what reads
   only is answered without one.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime

import msgspec
import structlog

from lading.admission.engine_requests import MAX_BODY, parse_plugin_request
from lading.foundation.errors import LadingError
from lading.server.asgi import AsgiApp, Receive, Scope, Send
from lading.workflows.engine_gate import EngineGate

_CONTENT_TYPE = b"application/vnd.docker.plugins.v1+json"


@dataclass(frozen=True, slots=True)
class PluginServices:
    """What the plugin needs. ``executor`` runs what blocks."""

    gate: EngineGate
    clock: Callable[[], datetime]
    executor: Executor


def engine_plugin(services: PluginServices) -> AsgiApp:
    """Build the application behind the plugin's socket."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        match scope["path"]:
            case "/Plugin.Activate":
                await _answer(send, {"Implements": ["authz"]})
            case "/AuthZPlugin.AuthZReq":
                loop = asyncio.get_running_loop()
                await _answer(send, await loop.run_in_executor(services.executor, _judge, services, body))
            case "/AuthZPlugin.AuthZRes":
                # Rule 2.
                await _answer(send, {"Allow": True})
            case _:
                await _answer(send, {"Allow": False, "Err": "an authorization plugin knows no such call"})

    return app


def _judge(services: PluginServices, body: bytes | None) -> dict[str, object]:
    log = structlog.get_logger("lading.engine")
    if body is None:
        return {"Allow": False, "Msg": f"DENIED: the engine's request has more than {MAX_BODY} bytes"}
    try:
        request = parse_plugin_request(body)
    except LadingError as error:
        return {"Allow": False, "Msg": f"DENIED: {error}"}
    answer = services.gate.answer(request, services.clock())
    if not answer.allow:
        log.warning("refused", method=request.method, uri=request.uri[:300], user=request.user)
    return {"Allow": answer.allow, "Msg": answer.message}


async def _body(receive: Receive) -> bytes | None:
    """Read the body; None where it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size <= MAX_BODY:
            parts.append(part)
        if not message.get("more_body") or message["type"] == "http.disconnect":
            return b"".join(parts) if size <= MAX_BODY else None


async def _answer(send: Send, said: dict[str, object]) -> None:
    body = msgspec.json.encode(said)
    headers = [(b"content-type", _CONTENT_TYPE), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
