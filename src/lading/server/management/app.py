"""The management API as one ASGI application."""

from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from lading import __version__
from lading.api.message import Problem
from lading.foundation.errors import LadingError, Malformed, NotFound, OverLimit, Unauthenticated
from lading.server.asgi import AsgiApp, Message, Receive, Scope, Send
from lading.server.errors import PROBLEM_JSON, http_status, problem
from lading.server.management import (
    access,
    advice,
    approvals,
    audit,
    campaigns,
    collections,
    dependencies,
    engine,
    events,
    feeds,
    gates,
    images,
    jobs,
    keys,
    knowledge,
    lineage,
    mirrors,
    personal_tokens,
    policies,
    promotions,
    rebase,
    retention,
    running,
    scrubs,
    sessions,
    signatures,
    tags,
    trust,
    upstreams,
    usage,
    vex,
)
from lading.server.management.asking import request_id_of, require_caller
from lading.server.management.services import ManagementServices
from lading.server.management.unambiguous import refuse_ambiguous

PREFIX = "/api/v1"
MAX_BODY = 1 << 20  # bytes of a JSON request
ROUTERS = (
    sessions.router,
    personal_tokens.router,
    images.router,
    dependencies.router,
    tags.router,
    collections.router,
    scrubs.router,
    usage.router,
    events.router,
    upstreams.router,
    mirrors.router,
    feeds.router,
    advice.router,
    retention.router,
    knowledge.router,
    vex.router,
    lineage.router,
    campaigns.router,
    signatures.router,
    trust.router,
    keys.router,
    gates.router,
    promotions.router,
    rebase.router,
    approvals.router,
    policies.router,
    engine.router,
    running.router,
    access.router,
    audit.router,
    jobs.router,
)
_UNBOUNDED = (
    f"{PREFIX}/advisories/feeds/",
    f"{PREFIX}/advisories/bundle",
    f"{PREFIX}/vex/documents",
)  # streamed to disk, under a limit of its own


def management_app(services: ManagementServices) -> AsgiApp:
    """Build the application that answers everything under ``/api/``."""
    app = make_app()
    app.state.services = services
    return _with_bounded_bodies(app)


def make_app() -> FastAPI:
    """The routes alone: their OpenAPI document needs no services."""
    app = FastAPI(
        title="Lading",
        version=__version__,
        summary="The management API: everything that the lading command asks.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={"default": {"model": Problem, "description": "refused, and why"}},
    )
    for router in ROUTERS:
        # Denied by default: a route that forgets to ask who asks is refused all the same.
        app.include_router(
            router, prefix=PREFIX, dependencies=[Depends(require_caller), Depends(refuse_ambiguous)]
        )
    app.add_exception_handler(LadingError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_invalid)
    app.add_exception_handler(HTTPException, _refuse_http)
    return app


async def _refuse(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, LadingError)
    headers: dict[str, str] = {}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = 'Basic realm="lading", charset="UTF-8"'
    if "retry_after" in error.details:
        headers["Retry-After"] = str(error.details["retry_after"])
    return JSONResponse(
        problem(error, request_id_of(request)), http_status(error), headers, media_type=PROBLEM_JSON
    )


async def _refuse_invalid(request: Request, error: Exception) -> JSONResponse:
    """Say which members are wrong. The values are not repeated: one may be a password in the wrong place."""
    assert isinstance(error, RequestValidationError)
    faults = [
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()[:10]
    ]
    return await _refuse(request, Malformed("request-invalid", "; ".join(faults)))


async def _refuse_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, LadingError):  # raised by us while the framework read the body
        return await _refuse(request, error.__cause__)
    if error.status_code == 404:
        return await _refuse(request, NotFound("route-unknown", f"there is nothing at {request.url.path}"))
    body: dict[str, Any] = {
        "type": "urn:lading:error:http",
        "title": str(error.detail),
        "status": error.status_code,
        "code": "http",
        "request_id": request_id_of(request),
    }
    return JSONResponse(body, error.status_code, error.headers, media_type=PROBLEM_JSON)


def _with_bounded_bodies(app: FastAPI) -> AsgiApp:
    """Stop reading a request that is too large, before it is held in memory."""

    async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY and not scope["path"].startswith(_UNBOUNDED):
                raise OverLimit(
                    "request-too-large",
                    f"a request has at most {MAX_BODY} bytes",
                    details={"limit": MAX_BODY},
                )
            return message

        await app(scope, counted, send)

    return bounded
