"""Sessions of the management API: opened by a password, ended by their owner, by time, by who administers."""

from datetime import timedelta

import pytest

from tests.support.management import Api, code_of


@pytest.fixture
def api() -> Api:
    api = Api()
    api.add_person("ann")
    api.add_person("root", admin=True)
    return api


def _open(api: Api) -> str:
    opened = api.ask("POST", "/sessions", who="ann")
    assert opened.status_code == 201, opened.text
    return str(opened.json()["token"])


def test_a_session_is_its_owner(api: Api) -> None:
    assert api.ask("GET", "/whoami", token=_open(api)).json()["principal"] == "person:ann"


@pytest.mark.parametrize("token", ["forged", "x" * 43, "token-00000001-", "token.with.dots"])
def test_a_forged_token_opens_nothing(api: Api, token: str) -> None:
    _open(api)
    answer = api.ask("GET", "/whoami", token=token)
    assert (answer.status_code, code_of(answer)) == (401, "session-ended")
    assert token not in answer.text


def test_a_session_cannot_renew_itself(api: Api) -> None:
    answer = api.ask("POST", "/sessions", token=_open(api))
    assert (answer.status_code, code_of(answer)) == (401, "sign-in-required")


def test_a_session_ends_with_its_time(api: Api) -> None:
    token = _open(api)
    api.move_clock(timedelta(hours=13))
    assert api.ask("GET", "/whoami", token=token).status_code == 401


def test_a_session_ends_when_its_owner_says_so(api: Api) -> None:
    token = _open(api)
    assert api.ask("DELETE", "/sessions/current", token=token).status_code == 204
    assert api.ask("GET", "/whoami", token=token).status_code == 401


def test_a_session_ends_with_the_account(api: Api) -> None:
    token = _open(api)
    assert api.ask("PUT", "/users/ann", who="root", json={"disabled": True}).status_code == 200
    assert api.ask("GET", "/whoami", token=token).status_code == 401


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic YW5u", "Basic OnB3", "Digest x", "Basic /////w=="]
)
def test_credentials_that_cannot_be_read_are_nobodys(api: Api, header: str) -> None:
    answer = api.ask("GET", "/whoami", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(api: Api) -> None:
    wrong = api.ask("GET", "/whoami", headers={"Authorization": "Basic YW5uOndyb25n"})
    unknown = api.ask("GET", "/whoami", headers={"Authorization": "Basic bm9ib2R5Ondyb25n"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_who_guesses_is_told_how_long_to_wait(api: Api) -> None:
    answers = [api.ask("GET", "/whoami", headers={"Authorization": "Basic YW5uOndyb25n"}) for _ in range(6)]
    assert (answers[-1].status_code, code_of(answers[-1])) == (429, "sign-in-wait")
    assert int(answers[-1].headers["Retry-After"]) > 0
