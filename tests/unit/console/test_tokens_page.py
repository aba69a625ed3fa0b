"""The page of one's own tokens."""

import re

import pytest

from lading.access.principal import PrincipalKind
from lading.workflows.personal_tokens import prove_or_raise
from lading.workflows.sign_in import AccountPorts, SignInAttempt
from tests.support.console import Browser, ConsoleUnderTest, build_console, form_token_in


@pytest.fixture
def console() -> ConsoleUnderTest:
    console = build_console()
    console.add_person("ann")
    console.add_person("ben")
    return console


def _signed_in(console: ConsoleUnderTest, name: str = "ann") -> Browser:
    browser = Browser(console)
    browser.sign_in(name)
    return browser


def _create(browser: Browser, name: str, days: str = "30") -> tuple[int, str]:
    form = {"form_token": form_token_in(browser.get("/tokens")), "name": name, "days": days}
    answer = browser.post("/tokens", form)
    return answer.status_code, answer.text


def test_a_token_is_shown_once_and_works(console: ConsoleUnderTest) -> None:
    ann = _signed_in(console)
    assert "You have no tokens." in ann.get("/tokens").text
    status, text = _create(ann, "<b>laptop</b>")
    assert status == 200
    (token,) = re.findall(r"ldp_[A-Za-z0-9]{49}", text)
    assert "<b>laptop" not in text
    ports = AccountPorts(console.records, console.passwords)
    proven = prove_or_raise(ports, SignInAttempt("ann", token, "192.0.2.1", "api"), console.clock())
    assert (proven.kind, proven.name) == (PrincipalKind.PERSON, "ann")
    later = ann.get("/tokens").text
    assert token not in later
    assert "&lt;b&gt;laptop&lt;/b&gt;" in later


def test_a_name_that_is_taken_and_days_that_are_none_are_said(console: ConsoleUnderTest) -> None:
    ann = _signed_in(console)
    _create(ann, "laptop")
    status, text = _create(ann, "laptop")
    assert status == 409
    assert "has a token" in text
    for days in ("91", "0", "many", "-1", "٣", "9" * 200):
        assert _create(ann, "build", days)[0] == 400


def test_one_revokes_ones_own_only(console: ConsoleUnderTest) -> None:
    ann, ben = _signed_in(console), _signed_in(console, "ben")
    _create(ann, "laptop")
    (path,) = re.findall(r'action="(/tokens/[0-9a-f]+/revoke)"', ann.get("/tokens").text)
    form = {"form_token": form_token_in(ben.get("/tokens"))}
    assert ben.post(path, form).status_code == 404
    assert ann.post(path, {"form_token": "0" * 64}).status_code == 403
    answer = ann.post(path, {"form_token": form_token_in(ann.get("/tokens"))})
    assert (answer.status_code, answer.headers["location"]) == (303, "/tokens?done=token-revoked")
    assert "You have no tokens." in ann.get("/tokens").text


def test_the_sign_in_page_takes_no_token(console: ConsoleUnderTest) -> None:
    _, text = _create(_signed_in(console), "laptop")
    (token,) = re.findall(r"ldp_[A-Za-z0-9]{49}", text)
    browser = Browser(console)
    assert browser.sign_in("ann", token).status_code != 303
