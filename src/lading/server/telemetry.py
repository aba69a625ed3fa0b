"""What the server tells of itself: one log line and a few metrics for each request."""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}\Z")
_SLOW = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0)  # seconds


def request_id_of(headers: list[tuple[bytes, bytes]], fresh: str) -> str:
    """The caller's X-Request-Id where it is harmless to log, else ``fresh``."""
    for name, value in headers:
        if name == b"x-request-id" and _REQUEST_ID.match(value):
            return value.decode("ascii")
    return fresh


def area_of(path: str) -> str:
    """Which part of the server a path belongs to: a label of few values, whatever clients ask for."""
    if path.startswith("/v2/"):
        for part in ("manifests", "blobs", "tags", "referrers"):
            if f"/{part}/" in path:
                return part
        return "registry"
    first = path[1:].partition("/")[0]
    return (
        first
        if first in {"api", "admission", "scim", "metrics", "healthz", "readyz", "static"}
        else "console"
    )


class ServerMetrics:
    """Counters of one server process, in a registry of their own so that tests do not share them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "lading_http_requests", "Requests answered.", ["area", "method", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "lading_http_request_seconds", "Time to answer.", ["area"], buckets=_SLOW, registry=self.registry
        )
        self.in_flight = Gauge("lading_http_in_flight", "Requests under way.", registry=self.registry)
        self.jobs = Gauge("lading_jobs", "Background jobs by state.", ["state"], registry=self.registry)
        self.events = Gauge(
            "lading_events",
            "Events that a subscription has not been sent, by why.",
            ["subscription", "state"],
            registry=self.registry,
        )
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def observe(self, area: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        known = method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "other"
        key = (area, known, status)
        children = self._children.get(key)
        if children is None:
            children = (self.requests.labels(area, known, str(status)), self.seconds.labels(area))
            self._children[key] = children
        children[0].inc()
        children[1].observe(seconds)

    def exposition(self) -> tuple[bytes, str]:
        """The text that Prometheus reads, and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST


_SECRET_KEYS = re.compile(r"password|secret|token|authorization|cookie|credential|private", re.IGNORECASE)
_SECRET_VALUES = re.compile(r"(?i)\b(basic|bearer)\s+[a-z0-9._~+/=-]+|://[^/@\s:]+:[^/@\s]+@")


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take secrets out of a log line, by the name of the field and by the shape of the value."""
    for key, value in event.items():
        if _SECRET_KEYS.search(key) and value:
            event[key] = "(not logged)"
        elif isinstance(value, str) and ("://" in value or " " in value):
            event[key] = _SECRET_VALUES.sub(_masked, value)
    return event


def _masked(found: re.Match[str]) -> str:
    return "://(not logged)@" if found.group().startswith("://") else f"{found.group(1)} (not logged)"


def logger() -> Any:
    """The server's logger."""
    return structlog.get_logger("lading.server")
