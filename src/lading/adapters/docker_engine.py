"""The Docker Engine API over a Unix socket: Docker itself, and Podman's compatible service.

Only GET requests are sent. The API version in the path is the oldest that has all we read (1.24, of Docker
1.12), so that old engines answer too.
"""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from lading.foundation.errors import Upstream
from lading.inventory.container import RunningContainer
from lading.ports.engine_gate import LocalImage

_API = "/v1.24"
_SECONDS = 20.0  # to answer one question; an engine under load takes several
_MAX_ANSWER = 64 << 20  # bytes
_CHANGES = {"type": ["container"], "event": ["start", "die", "pause", "unpause", "destroy"]}


class DockerEngine:
    """One engine behind one socket."""

    def __init__(self, socket: str, *, name: str = "docker") -> None:
        """``socket`` is a path, with or without ``unix://``."""
        self._name = name
        self._socket = socket.removeprefix("unix://")
        self._client = httpx.Client(
            transport=httpx.HTTPTransport(uds=self._socket), base_url="http://engine", timeout=_SECONDS
        )

    @property
    def name(self) -> str:
        """``docker`` or ``podman``."""
        return self._name

    def close(self) -> None:
        """Let go of the socket."""
        self._client.close()

    def running(self, host: str) -> tuple[RunningContainer, ...]:
        """Ask for the running containers, and for the details of each and of its image."""
        images: dict[str, Mapping[str, Any]] = {}
        seen = []
        for entry in self._get("/containers/json", list):
            details = self._find(f"/containers/{_text(entry, 'Id')}/json")
            if details is None or not details.get("State", {}).get("Running"):
                continue  # it ended since the list was made
            image_id = _text(details, "Image")
            if image_id not in images:
                images[image_id] = self._find(f"/images/{image_id}/json") or {}
            seen.append(_container(host, self._name, details, images[image_id]))
        return tuple(sorted(seen, key=lambda container: container.id))

    def find_image(self, name: str) -> LocalImage | None:
        """Give what a name or an id means here; None where it means nothing."""
        found = self._find(f"/images/{quote(name, safe='/:@')}/json")
        if found is None:
            return None
        digests = [one for one in found.get("RepoDigests") or () if isinstance(one, str)]
        return LocalImage(_text(found, "Id"), tuple(digests))

    def wait_for_change(self, seconds: float) -> None:
        """Listen to the engine's events until one comes or the time is over."""
        until = time.monotonic() + seconds
        try:
            query = {"filters": json.dumps(_CHANGES)}
            with self._client.stream("GET", f"{_API}/events", params=query, timeout=seconds) as events:
                if events.status_code == 200:
                    next(events.iter_raw(), b"")
                    return
        except httpx.ReadTimeout:
            return
        except httpx.HTTPError:
            pass  # an engine that cannot tell is asked again when the time is over
        time.sleep(max(0.0, until - time.monotonic()))

    def _get(self, path: str, kind: type) -> Any:
        answer = self._ask(path)
        if answer.status_code != 200:
            raise Upstream(
                "engine-nonsense", f"the engine at {self._socket} answered {answer.status_code} to {path}"
            )
        return self._decoded(answer, path, kind)

    def _find(self, path: str) -> dict[str, Any] | None:
        """An object, or None where the engine says that there is none (any more)."""
        answer = self._ask(path)
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise Upstream(
                "engine-nonsense", f"the engine at {self._socket} answered {answer.status_code} to {path}"
            )
        decoded: dict[str, Any] = self._decoded(answer, path, dict)
        return decoded

    def _ask(self, path: str) -> httpx.Response:
        if not Path(self._socket).is_socket():
            raise self._unreachable("there is no socket")
        try:
            return self._client.get(_API + path)
        except httpx.HTTPError as error:
            raise self._unreachable(str(error)) from error

    def _unreachable(self, reason: str) -> Upstream:
        return Upstream(
            "engine-unreachable",
            f"the container engine at {self._socket} does not answer: {reason}",
            hint="is it running, and may this user open the socket?",
        )

    def _decoded(self, answer: httpx.Response, path: str, kind: type) -> Any:
        try:
            if len(answer.content) > _MAX_ANSWER:
                raise ValueError(f"more than {_MAX_ANSWER} bytes")
            decoded = json.loads(answer.content)
            if not isinstance(decoded, kind):
                raise TypeError(f"a {type(decoded).__name__} where a {kind.__name__} should be")
        except (ValueError, TypeError, RecursionError) as error:
            raise Upstream(
                "engine-nonsense", f"the engine at {self._socket} answered nonsense to {path}: {error}"
            ) from error
        return decoded


def _container(
    host: str, engine: str, details: Mapping[str, Any], image: Mapping[str, Any]
) -> RunningContainer:
    config = details.get("Config") or {}
    limits = details.get("HostConfig") or {}
    image_id = _text(details, "Image")
    return RunningContainer(
        host=host,
        engine=engine,
        id=_text(details, "Id"),
        name=_text(details, "Name").removeprefix("/"),
        image_reference=str(config.get("Image") or ""),
        image_id=image_id if ":" in image_id else f"sha256:{image_id}",  # Podman leaves the algorithm out
        manifest_digests=tuple(sorted(str(digest) for digest in image.get("RepoDigests") or ())),
        started_at=_instant(str((details.get("State") or {}).get("StartedAt") or "")),
        labels={str(key): str(value) for key, value in (config.get("Labels") or {}).items()},
        privileged=limits.get("Privileged") is True,
        user=str(config.get("User") or ""),
    )


def _text(details: Any, member: str) -> str:
    value = details.get(member) if isinstance(details, dict) else None
    if not isinstance(value, str) or not value:
        raise Upstream("engine-nonsense", f"the engine answered without {member}")
    return value


def _instant(text: str) -> str:
    """RFC 3339 in UTC to the second; engines write nanoseconds and local zones."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return ""
