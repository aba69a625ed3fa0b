"""The Kubernetes webhook: ``POST /admission/validate`` and ``POST /admission/mutate``, plain ASGI.

1. The API server speaks TLS and is not signed in: the answer says no more than what it asked about.
2. A review that cannot be read is answered 400, which the API server takes for a failed call: with
   ``failurePolicy: Fail`` nothing is admitted by mistake.
3. A fault of ours is answered 500, to the same effect.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime

from lading.admission.admission_review import MAX_REVIEW_BYTES, encode_response, parse_review
from lading.admission.namespaces import NamespaceMap
from lading.foundation.errors import LadingError, OverLimit
from lading.server.asgi import AsgiApp, Receive, Scope, Send
from lading.server.errors import http_status
from lading.workflows.admit import admit
from lading.workflows.gate import GatePorts

PATHS = {"/admission/validate": False, "/admission/mutate": True}


@dataclass(frozen=True, slots=True)
class AdmissionServices:
    """What admission needs. ``executor`` runs what blocks."""

    gate: GatePorts
    namespaces: NamespaceMap
    clock: Callable[[], datetime]
    executor: Executor


def admission_app(services: AdmissionServices) -> AsgiApp:
    """Build the application that answers everything under ``/admission/``."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        pin = PATHS.get(scope["path"])
        if pin is None:
            await _answer(send, 404, b"there is /admission/validate and /admission/mutate\n")
            return
        if scope["method"] != "POST":
            await _answer(send, 405, b"the API server sends POST\n")
            return
        try:
            content = await _body(receive)
            loop = asyncio.get_running_loop()
            body = await loop.run_in_executor(services.executor, lambda: _review(services, content, pin))
        except LadingError as error:
            await _answer(send, http_status(error), f"{error}\n".encode())
            return
        await _answer(send, 200, body, b"application/json")

    return app


def only_admission(application: AsgiApp) -> AsgiApp:
    """The webhook's own listener: nothing else of the server can be reached through it."""

    async def webhook(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(("/admission/", "/healthz")):
            scope = {**scope, "path": "/admission/nothing-else"}
        await application(scope, receive, send)

    return webhook


def _review(services: AdmissionServices, content: bytes, pin: bool) -> bytes:
    request = parse_review(content)
    response = admit(services.gate, services.namespaces, request, services.clock(), pin=pin)
    return encode_response(request, response)


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_REVIEW_BYTES:
            raise OverLimit(
                "admission-review-too-large",
                f"an AdmissionReview has at most {MAX_REVIEW_BYTES} bytes",
                details={"limit": MAX_REVIEW_BYTES},
            )
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(send: Send, status: int, body: bytes, kind: bytes = b"text/plain; charset=utf-8") -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
