"""The entrance of the server: request ids, faults of ours, probes, metrics."""

import asyncio
import dataclasses
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from lading.foundation.errors import (
    Conflict,
    Forbidden,
    LadingError,
    Malformed,
    NotFound,
    OverLimit,
    Upstream,
)
from lading.server.app import Readiness, ServerParts, server_app
from lading.server.asgi import AsgiApp, Receive, Scope, Send
from lading.server.errors import http_status
from lading.server.telemetry import ServerMetrics, area_of, redact


async def echo(scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["state"]["request_id"].encode()})


async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError("the password is hunter2")


def build_parts(
    app: AsgiApp, readiness: Callable[[], Readiness] = lambda: Readiness(ready=True)
) -> ServerParts:
    return ServerParts(
        distribution=app,
        management=app,
        admission=app,
        provisioning=app,
        console=app,
        metrics=ServerMetrics(),
        readiness=readiness,
        refresh_metrics=lambda: None,
        start=lambda: None,
        stop=lambda: None,
    )


def build(app: AsgiApp = echo, readiness: Callable[[], Readiness] = lambda: Readiness(ready=True)) -> AsgiApp:
    return server_app(build_parts(app, readiness))


def get(app: AsgiApp, *paths: str, headers: dict[str, str] | None = None) -> list[httpx.Response]:
    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return [await client.get(path, headers=headers or {}) for path in paths]

    return asyncio.run(ask())


def test_every_answer_carries_a_request_id() -> None:
    first, second = get(build(), "/v2/", "/")
    assert first.headers["x-request-id"] == first.text
    assert first.text != second.text


def test_the_callers_request_id_is_kept_when_it_is_harmless() -> None:
    (answer,) = get(build(), "/v2/", headers={"X-Request-Id": "build-4711.a_b"})
    assert answer.headers["x-request-id"] == "build-4711.a_b"


@pytest.mark.parametrize("forged", ["short", "a" * 65, 'x" level="error', "new%0aline-injected"])
def test_a_request_id_that_could_forge_log_lines_is_replaced(forged: str) -> None:
    (answer,) = get(build(), "/v2/", headers={"X-Request-Id": forged})
    assert answer.headers["x-request-id"] != forged


def test_a_fault_of_ours_tells_the_outside_only_where_to_look() -> None:
    (answer,) = get(build(fail), "/api/v1/images")
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "hunter2" not in answer.text


def test_a_fault_in_the_console_is_shown_as_a_page() -> None:
    parts = dataclasses.replace(build_parts(echo), console=fail, fault_page=lambda request_id: b"<p>sorry")
    (page,) = get(server_app(parts), "/images")
    assert (page.status_code, page.text) == (500, "<p>sorry")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    (elsewhere,) = get(
        server_app(dataclasses.replace(parts, management=fail, console=echo)), "/api/v1/images"
    )
    assert elsewhere.json()["code"] == "internal"


def test_not_ready_says_why() -> None:
    unready = build(readiness=lambda: Readiness(ready=False, reason="the database does not answer"))
    alive, ready = get(unready, "/healthz", "/readyz")
    assert (alive.status_code, ready.status_code) == (200, 503)
    assert "the database does not answer" in ready.text


def test_probes_are_answered_where_waiting_is_allowed() -> None:
    def needs_no_loop() -> Readiness:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        return Readiness(ready=True)

    (ready,) = get(build(readiness=needs_no_loop), "/readyz")
    assert ready.status_code == 200


def test_metrics_count_by_area_and_never_by_path() -> None:
    *_, metrics = get(build(), "/v2/a/b/manifests/x", "/v2/c/manifests/y", "/metrics")
    assert 'lading_http_requests_total{area="manifests",method="GET",status="200"} 2.0' in metrics.text


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("/v2/", "registry"),
        ("/v2/a/blobs/sha256:0", "blobs"),
        ("/api/v1/x", "api"),
        ("/anything/at/all", "console"),
    ],
)
def test_every_path_falls_into_one_of_few_areas(path: str, area: str) -> None:
    assert area_of(path) == area


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Malformed("a", "b"), 400),
        (Forbidden("a", "b"), 403),
        (NotFound("a", "b"), 404),
        (Conflict("a", "b"), 409),
        (OverLimit("a", "b"), 413),
        (OverLimit("a", "b", details={"retry_after": 5}), 429),
        (Upstream("a", "b"), 502),
    ],
)
def test_blame_decides_the_status(error: LadingError, status: int) -> None:
    assert http_status(error) == status


def test_secrets_do_not_reach_the_log() -> None:
    event: dict[str, Any] = {
        "event": "sent Authorization: Basic dXNlcjpodW50ZXIy to upstream",
        "password": "hunter2",
        "api_token": "t0ken",
        "url": "postgresql://lading:hunter2@db/lading",
        "status": 200,
    }
    line = json.dumps(dict(redact(None, "info", event)))
    assert "hunter2" not in line
    assert "dXNlcjpodW50ZXIy" not in line
    assert "t0ken" not in line
    assert "db/lading" in line
