"""The page that signs a command in."""

import pytest

from lading.access.device_grant import shown_code
from lading.foundation.errors import Conflict
from lading.workflows.device_sign_in import AskingCommand, begin_device, redeem_device
from tests.support.console import Browser, ConsoleUnderTest, build_console, form_token_in

SECRET = "s" * 43


@pytest.fixture
def console() -> ConsoleUnderTest:
    console = build_console()
    console.add_person("ann")
    return console


def code_of(console: ConsoleUnderTest, asking: str = "lading on <laptop>") -> str:
    grant = begin_device(console.records, AskingCommand(SECRET, asking, "192.0.2.7"), console.clock())
    return shown_code(grant.user_code)


def test_a_person_sees_what_asks_and_says_yes(console: ConsoleUnderTest) -> None:
    code, browser = code_of(console), Browser(console)
    asked = browser.get(f"/device?code={code}")
    assert asked.headers["location"].startswith("/sign-in?next=/device"), (
        "whoever they are, they sign in first"
    )
    browser.sign_in("ann")
    page = browser.get(f"/device?code={code}")
    assert "lading on &lt;laptop&gt;" in page.text
    assert "192.0.2.7" in page.text
    with pytest.raises(Conflict):
        redeem_device(console.records, SECRET, console.clock())  # looking grants nothing
    form = {"form_token": form_token_in(page), "code": code, "answer": "grant"}
    done = browser.post("/device", form)
    assert "The command is signed in." in browser.get(done.headers["location"]).text


def test_another_site_cannot_say_yes(console: ConsoleUnderTest) -> None:
    code, browser = code_of(console), Browser(console)
    browser.sign_in("ann")
    form = {"form_token": "0" * 64, "code": code, "answer": "grant"}
    assert browser.post("/device", form).status_code == 403
    with pytest.raises(Conflict):
        redeem_device(console.records, SECRET, console.clock())


def test_a_wrong_code_is_said_to_be_wrong(console: ConsoleUnderTest) -> None:
    browser = Browser(console)
    browser.sign_in("ann")
    assert browser.get("/device?code=short").status_code == 400
    assert browser.get("/device?code=BBBB-BBBB").status_code == 404
    statuses = [browser.get("/device?code=BBBB-BBBB").status_code for _ in range(5)]
    assert statuses[-1] == 429
