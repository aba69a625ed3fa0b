"""What the command makes of a server's answers, and of servers that do not answer."""

import json
import stat
from pathlib import Path

import httpx
import pytest

from lading.api.sessions import WhoAmI
from lading.cli.client import Client, Credentials, keep_session
from lading.cli.exit_codes import ExitCode, exit_code
from lading.foundation.errors import LadingError, Upstream

URL = "http://lading.example"


def _client(status: int, content: bytes) -> Client:
    transport = httpx.MockTransport(lambda _request: httpx.Response(status, content=content))
    return Client(Credentials(URL, None), transport)


def _problem(status: int) -> bytes:
    problem = {"type": "urn:lading:error:x", "title": "what is wrong", "status": status, "code": "some-code"}
    return json.dumps({**problem, "hint": "what to do"}).encode()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, ExitCode.MALFORMED),
        (401, ExitCode.FORBIDDEN),
        (403, ExitCode.FORBIDDEN),
        (404, ExitCode.NOT_FOUND),
        (409, ExitCode.CONFLICT),
        (413, ExitCode.OVER_LIMIT),
        (429, ExitCode.OVER_LIMIT),
        (500, ExitCode.UPSTREAM),
        (502, ExitCode.UPSTREAM),
    ],
)
def test_a_refusal_comes_back_as_the_servers_error(status: int, expected: ExitCode) -> None:
    with pytest.raises(LadingError) as raised:
        _client(status, _problem(status)).get("whoami", WhoAmI)
    assert exit_code(raised.value) is expected
    assert (raised.value.code, raised.value.message) == ("some-code", "what is wrong")
    assert raised.value.hint == "what to do"


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b""),
        (200, b"<html>a proxy</html>"),
        (200, b"[]"),
        (200, b'{"principal": 1}'),
        (502, b"bad gateway"),
        (502, b"[1]"),
    ],
)
def test_what_no_lading_server_answers_is_named_as_that(status: int, content: bytes) -> None:
    with pytest.raises(Upstream) as raised:
        _client(status, content).get("whoami", WhoAmI)
    assert raised.value.code == "server-nonsense"
    assert URL in raised.value.message


def test_a_server_that_does_not_answer_is_upstreams_fault() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused", request=request)

    with pytest.raises(Upstream) as raised:
        Client(Credentials(URL, None), httpx.MockTransport(refuse)).get("whoami", WhoAmI)
    assert raised.value.code == "server-unreachable"
    assert "lading serve" in raised.value.hint


def test_a_redirect_is_not_followed_with_the_credentials() -> None:
    asked: list[str] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": "http://elsewhere.example/"})

    client = Client(Credentials(URL, httpx.BasicAuth("ann", "pw")), httpx.MockTransport(redirect))
    with pytest.raises(Upstream):
        client.get("whoami", WhoAmI)
    assert asked == [f"{URL}/api/v1/whoami"]


def _sent(credentials: Credentials) -> str:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("Authorization", ""))
        return httpx.Response(
            200, json={"principal": "person:ann", "admin": False, "groups": [], "roles": []}
        )

    Client(credentials, httpx.MockTransport(answer)).get("whoami", WhoAmI)
    return seen[0]


def test_a_kept_session_is_for_its_owner_and_for_its_server_only(tmp_path: Path) -> None:
    file = tmp_path / "config" / "session.json"
    keep_session(file, URL, "secret-token")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert _sent(Credentials.find({}, file)) == "Bearer secret-token"
    assert _sent(Credentials.find({"LADING_URL": "http://other.example"}, file)) == ""


def test_a_name_and_a_password_in_the_environment_come_before_the_session(tmp_path: Path) -> None:
    file = tmp_path / "session.json"
    keep_session(file, URL, "secret-token")
    environment = {"LADING_USER": "ann", "LADING_PASSWORD": "pw"}
    assert _sent(Credentials.find(environment, file)) == "Basic YW5uOnB3"


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', "\x00"])
def test_a_session_file_that_cannot_be_read_is_no_session(tmp_path: Path, content: str) -> None:
    file = tmp_path / "session.json"
    file.write_text(content)
    assert _sent(Credentials.find({"LADING_URL": URL}, file)) == ""
