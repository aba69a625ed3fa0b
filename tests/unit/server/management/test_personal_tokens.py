"""Personal tokens on the management API: Basic and Bearer, with the rights of the person."""

from datetime import timedelta

import httpx
import pytest

from tests.support.management import Api, code_of


@pytest.fixture
def api() -> Api:
    api = Api()
    api.add_person("ann")
    api.add_person("root", admin=True)
    return api


def _create(api: Api, **body: object) -> dict[str, str]:
    made = api.ask("POST", "/tokens", who="ann", json={"name": "laptop", **body})
    assert made.status_code == 201, made.text
    document: dict[str, str] = made.json()
    return document


def _basic(api: Api, method: str, path: str, token: str, json: object = None) -> httpx.Response:
    login = httpx.BasicAuth("ann", token)
    header = next(login.auth_flow(httpx.Request("GET", "http://api.example"))).headers["Authorization"]
    return api.ask(method, path, headers={"Authorization": header}, json=json)


def test_a_token_is_its_person_as_a_password_and_as_a_bearer(api: Api) -> None:
    token = _create(api)["token"]
    for answer in (api.ask("GET", "/whoami", token=token), _basic(api, "GET", "/whoami", token)):
        assert answer.json()["principal"] == "person:ann"


def test_a_token_is_shown_once_and_lives_as_long_as_allowed(api: Api) -> None:
    made = _create(api)
    assert made["expires_at"].startswith((api.now + timedelta(days=90)).isoformat()[:19])
    (line,) = api.ask("GET", "/tokens", who="ann").json()["items"]
    assert line == {**made, "token": ""}
    assert code_of(api.ask("POST", "/tokens", who="ann", json={"name": "x", "days": 91})) == (
        "token-expiry-invalid"
    )


def test_rights_that_are_given_or_taken_count_with_the_next_request(api: Api) -> None:
    token = _create(api)["token"]
    assert api.ask("GET", "/users", token=token).status_code == 403
    assert api.ask("PUT", "/users/ann", who="root", json={"admin": True}).status_code == 200
    assert api.ask("GET", "/users", token=token).status_code == 200
    assert api.ask("PUT", "/users/ann", who="root", json={"admin": False}).status_code == 200
    assert api.ask("GET", "/users", token=token).status_code == 403


def test_disabling_the_person_ends_tokens_and_sessions_with_the_next_request(api: Api) -> None:
    token = _create(api)["token"]
    session = api.ask("POST", "/sessions", who="ann").json()["token"]
    assert api.ask("PUT", "/users/ann", who="root", json={"disabled": True}).status_code == 200
    assert api.ask("GET", "/whoami", token=token).status_code == 401
    assert api.ask("GET", "/whoami", token=session).status_code == 401


def test_a_token_makes_neither_tokens_nor_sessions(api: Api) -> None:
    token = _create(api)["token"]
    body = {"name": "another"}
    for answer in (
        api.ask("POST", "/tokens", token=token, json=body),
        _basic(api, "POST", "/tokens", token, body),
    ):
        assert (answer.status_code, code_of(answer)) == (403, "token-makes-token")
    for answer in (api.ask("POST", "/sessions", token=token), _basic(api, "POST", "/sessions", token)):
        assert (answer.status_code, code_of(answer)) == (401, "sign-in-required")


def test_a_session_makes_a_token(api: Api) -> None:
    session = api.ask("POST", "/sessions", who="ann").json()["token"]
    assert api.ask("POST", "/tokens", token=session, json={"name": "laptop"}).status_code == 201


def test_a_revoked_token_opens_nothing(api: Api) -> None:
    made = _create(api)
    assert api.ask("DELETE", f"/tokens/{made['id']}", who="ann").status_code == 204
    assert api.ask("GET", "/whoami", token=made["token"]).status_code == 401
    assert code_of(api.ask("DELETE", f"/tokens/{made['id']}", who="ann")) == "token-unknown"


def test_an_administrator_sees_and_ends_tokens_of_others(api: Api) -> None:
    made = _create(api)
    (line,) = api.ask("GET", "/tokens?person=ann", who="root").json()["items"]
    assert line["id"] == made["id"]
    assert api.ask("DELETE", f"/tokens/{made['id']}", who="root").status_code == 204


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "x", "days": -1}, {"name": "x", "days": 10**9}])
def test_requests_that_make_no_token_are_refused(api: Api, body: dict[str, object]) -> None:
    assert api.ask("POST", "/tokens", who="ann", json=body).status_code == 400
