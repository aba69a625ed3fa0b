"""Machine accounts on the console."""

import html
import re
from datetime import timedelta

import pytest

from lading.workflows.sign_in import AccountPorts, SignInAttempt, SignInRefusal, sign_in
from tests.support.console import Browser, ConsoleUnderTest, build_console, form_token_in

PATH = "/registry/robots"


@pytest.fixture
def console() -> ConsoleUnderTest:
    console = build_console()
    console.add_person("root", admin=True)
    console.add_person("ann")
    return console


@pytest.fixture
def root(console: ConsoleUnderTest) -> Browser:
    browser = Browser(console)
    browser.sign_in("root")
    return browser


def typed(browser: Browser, **fields: str) -> dict[str, str]:
    form = {"form_token": form_token_in(browser.get(PATH)), "name": "ci-shop", "pattern": "shop/**"}
    return {**form, "days": "90", "description": "<i>pipeline</i>", **fields}


def secret_in(text: str) -> str:
    found = re.search(r'id="secret">([^<]+)<', text)
    assert found is not None
    return found.group(1)


def enters(console: ConsoleUnderTest, secret: str) -> bool:
    ports = AccountPorts(console.records, console.passwords)
    attempt = SignInAttempt("robot$ci-shop", secret, "192.0.2.1", "registry")
    return not isinstance(sign_in(ports, attempt, console.clock()), SignInRefusal)


def test_an_account_is_made_and_its_secret_shown_once(console: ConsoleUnderTest, root: Browser) -> None:
    assert "There are no machine accounts." in root.get(PATH).text
    made = root.post(PATH, typed(root, **{"may-pull": "yes", "may-push": "yes"}))
    assert made.status_code == 200
    secret = secret_in(made.text)
    assert enters(console, secret)
    shown = root.get(PATH).text
    assert secret not in shown
    assert "shop/**" in shown
    assert "pull, push" in shown
    assert "&lt;i&gt;pipeline" in shown


def test_a_new_secret_ends_the_old_one(console: ConsoleUnderTest, root: Browser) -> None:
    old = secret_in(root.post(PATH, typed(root, **{"may-pull": "yes"})).text)
    new = secret_in(root.post(f"{PATH}/ci-shop/rotate", typed(root)).text)
    assert (enters(console, old), enters(console, new)) == (False, True)


def test_one_that_is_stopped_does_not_enter_until_it_may_again(
    console: ConsoleUnderTest, root: Browser
) -> None:
    secret = secret_in(root.post(PATH, typed(root, **{"may-pull": "yes"})).text)
    form = typed(root)
    assert root.post(f"{PATH}/ci-shop/stop", form).status_code == 303
    assert "Stopped" in root.get(PATH).text
    assert not enters(console, secret)
    root.post(f"{PATH}/ci-shop/resume", form)
    assert enters(console, secret)
    root.post(f"{PATH}/ci-shop/remove", form)
    assert not enters(console, secret)
    assert "There are no machine accounts." in root.get(PATH).text


def test_one_that_nobody_uses_is_marked(console: ConsoleUnderTest, root: Browser) -> None:
    root.post(PATH, typed(root, days="", **{"may-pull": "yes"}))
    assert "Not used" not in root.get(PATH).text
    console.clock.move(timedelta(days=91))
    root.sign_in("root")
    assert "Not used" in root.get(PATH).text


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({}, 400, "choose at least one thing that it may do"),
        ({"may-pull": "yes", "days": "-4"}, 400, "days is a whole number"),
        ({"may-pull": "yes", "days": "9" * 40}, 400, "days is a whole number"),
        ({"may-pull": "yes", "pattern": "NO/WAY"}, 400, "repository pattern"),
        ({"may-pull": "yes", "name": "a b"}, 400, "a b"),
        ({"may-read-audit": "yes"}, 400, "concerns the whole installation"),
        ({"may-administer": "yes"}, 400, "choose at least one"),
    ],
)
def test_what_cannot_be_is_shown_again(root: Browser, fields: dict[str, str], status: int, says: str) -> None:
    refused = root.post(PATH, typed(root, **fields))
    assert refused.status_code == status
    assert says in html.unescape(refused.text)
    assert "&lt;i&gt;pipeline" in refused.text
    assert "There are no machine accounts." in refused.text


def test_a_name_that_is_taken_is_said(root: Browser) -> None:
    fields = typed(root, **{"may-pull": "yes"})
    assert root.post(PATH, fields).status_code == 200
    assert root.post(PATH, fields).status_code == 409


def test_only_administrators_see_and_change_them(console: ConsoleUnderTest) -> None:
    ann = Browser(console)
    ann.sign_in("ann")
    assert ann.get(PATH).status_code == 403
    form = {"form_token": form_token_in(ann.get("/tokens")), "name": "x", "pattern": "**", "may-pull": "yes"}
    assert ann.post(PATH, {**form, "days": "1"}).status_code == 403
