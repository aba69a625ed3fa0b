"""The management API from the command's side: where the server is, who we are there, and what it answers.

Where to ask, in this order: ``LADING_URL``, the server of the last ``lading login``, one on this machine.
Who we are: ``LADING_USER`` and ``LADING_PASSWORD``, or the session that ``lading login`` opened.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from lading import __version__
from lading.foundation.errors import (
    Conflict,
    Forbidden,
    LadingError,
    Malformed,
    NotFound,
    OverLimit,
    Unauthenticated,
    Upstream,
)

DEFAULT_URL = "http://127.0.0.1:7780"
_SECONDS = 120.0  # a gate may wait for an analysis, and an import takes its time
_MAX_ANSWER = 256 << 20  # bytes
_KINDS: Mapping[int, type[LadingError]] = {
    400: Malformed,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: OverLimit,
    429: OverLimit,
}

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where the server is, and what to send it as Authorization."""

    url: str
    authorization: httpx.Auth | None

    @classmethod
    def find(cls, environment: Mapping[str, str], file: Path) -> "Credentials":
        """Find them in the environment and in the file that ``lading login`` wrote."""
        kept = _read(file)
        url = environment.get("LADING_URL") or kept.get("url") or DEFAULT_URL
        user, password = environment.get("LADING_USER", ""), environment.get("LADING_PASSWORD", "")
        if user:
            return cls(url.rstrip("/"), httpx.BasicAuth(user, password))
        token = environment.get("LADING_TOKEN") or (kept.get("token") if kept.get("url") == url else "")
        return cls(url.rstrip("/"), _Bearer(token) if token else None)


class Client:
    """Asks the server. Errors come back as the same kinds that the server raised."""

    def __init__(self, credentials: Credentials, transport: httpx.BaseTransport | None = None) -> None:
        self.url = credentials.url
        self._http = httpx.Client(
            base_url=f"{credentials.url}/api/v1/",
            auth=credentials.authorization,
            timeout=_SECONDS,
            transport=transport,
            headers={"User-Agent": f"lading/{__version__}"},
        )

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def send_code(self, code: str) -> None:
        """Send a code of the second factor beside the password from now on."""
        self._http.headers["Lading-Code"] = code

    def get(self, path: str, kind: type[M], **query: object) -> M:
        """Read one message; empty query values are left out."""
        return self._decoded(self._send("GET", path, params=_given(query)), kind)

    def get_bytes(self, path: str, **query: object) -> bytes:
        """Read a document as it is."""
        return self._send("GET", path, params=_given(query)).content

    def post(self, path: str, kind: type[M], body: BaseModel | None = None, **query: object) -> M:
        """Ask for something to be done."""
        return self._decoded(self._write("POST", path, body, query), kind)

    def put(self, path: str, kind: type[M], body: BaseModel | None = None, **query: object) -> M:
        """Put something in the place of what is there."""
        return self._decoded(self._write("PUT", path, body, query), kind)

    def put_content(self, path: str, kind: type[M], content: bytes, **query: object) -> M:
        """Put a document, as it is, in the place of what is there."""
        headers = {"Content-Type": "application/octet-stream"}
        sent = self._send("PUT", path, params=_given(query), content=content, headers=headers)
        return self._decoded(sent, kind)

    def post_content(self, path: str, kind: type[M], content: bytes, **query: object) -> M:
        """Send a document, as it is, to be looked at or kept."""
        headers = {"Content-Type": "application/octet-stream"}
        sent = self._send("POST", path, params=_given(query), content=content, headers=headers)
        return self._decoded(sent, kind)

    def upload_file(self, path: str, kind: type[M], file: Path, **query: object) -> M:
        """Send a file as it is, without holding it in memory."""
        headers = {"Content-Type": "application/octet-stream"}
        with file.open("rb") as content:
            sent = self._send("POST", path, params=_given(query), content=content, headers=headers)
        return self._decoded(sent, kind)

    def download(self, method: str, path: str, file: Path, content: bytes = b"") -> None:
        """Write a document to a file, which appears when it is whole."""
        part = file.with_name(f"{file.name}.part")
        headers = {"Content-Type": "application/octet-stream"} if content else {}
        with self._http.stream(method, path, content=content or None, headers=headers) as answer:
            if not answer.is_success:
                answer.read()
                raise _refusal(answer, self.url)
            with part.open("wb") as stream:
                for chunk in answer.iter_bytes(1 << 20):
                    stream.write(chunk)
        part.replace(file)

    def delete(self, path: str, **query: object) -> None:
        """Take something away."""
        self._send("DELETE", path, params=_given(query))

    def _write(
        self, method: str, path: str, body: BaseModel | None, query: Mapping[str, object]
    ) -> httpx.Response:
        content = body.model_dump_json().encode() if body is not None else b""
        headers = {"Content-Type": "application/json"}
        return self._send(method, path, params=_given(query), content=content, headers=headers)

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **request)
        except httpx.HTTPError as error:
            raise Upstream(
                "server-unreachable",
                f"the server at {self.url} does not answer: {error}",
                hint="is it running (`lading serve`), and is LADING_URL its address?",
            ) from error
        if answer.is_success:
            return answer
        raise _refusal(answer, self.url)

    def _decoded(self, answer: httpx.Response, kind: type[M]) -> M:
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError as error:
            raise Upstream(
                "server-nonsense",
                f"the server at {self.url} answered something else than {kind.__name__}",
                hint="is it a Lading server, of this version or a newer one?",
            ) from error


@contextlib.contextmanager
def connected() -> Iterator[Client]:
    """A client for this command."""
    with contextlib.closing(Client(Credentials.find(os.environ, session_file()))) as client:
        yield client


def session_file() -> Path:
    """Where ``lading login`` keeps its session: for this user only."""
    folder = os.environ.get("XDG_CONFIG_HOME") or str(Path("~/.config").expanduser())
    return Path(folder) / "lading" / "session.json"


def keep_session(file: Path, url: str, token: str) -> None:
    """Write the session, readable by this user only from its first byte."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump({"url": url, "token": token}, stream)
    fresh.replace(file)


class _Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def _read(file: Path) -> Mapping[str, str]:
    try:
        kept = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _given(query: Mapping[str, object]) -> dict[str, Any]:
    return {key: value for key, value in query.items() if value not in ("", None, False)}


def _refusal(answer: httpx.Response, url: str) -> LadingError:
    try:
        document = answer.json()
        code, title = str(document["code"]), str(document["title"])
        hint = str(document.get("hint", ""))
    except (ValueError, LookupError, TypeError, AttributeError):
        code, hint = "server-nonsense", "is it a Lading server?"
        title = f"{url} answered {answer.status_code} {answer.reason_phrase}"
    kind = _KINDS.get(answer.status_code, Upstream)
    if kind is Unauthenticated and not hint:
        hint = f"lading login {url}"
    return kind(code, title, hint=hint)
