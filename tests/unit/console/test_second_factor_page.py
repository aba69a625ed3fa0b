"""Setting up a second factor, and signing in with it."""

import base64
import re
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest

from lading.access.second_factor import STEP, FactorRule, code_of
from lading.foundation.errors import Unauthenticated
from lading.workflows.sign_in import SignInAttempt, sign_in_or_raise
from tests.support.console import PASSWORD, Browser, ConsoleUnderTest, build_console, form_token_in


@dataclass
class Ann:
    """Somebody with a browser and an authenticator."""

    console: ConsoleUnderTest
    browser: Browser = field(init=False)
    secret: bytes = b""
    recovery: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.browser = Browser(self.console)

    def code(self) -> str:
        """The code of a step that was not used yet."""
        self.console.clock.move(timedelta(seconds=STEP))
        return code_of(self.secret, int(self.console.clock().timestamp()) // STEP)

    def set_up(self) -> httpx.Response:
        self.browser.sign_in("ann")
        page = self.browser.get("/second-factor")
        found = re.search(r'Secret: <code class="any">([A-Z2-7 ]+)</code>', page.text)
        assert found
        self.secret = base64.b32decode(found.group(1).replace(" ", ""))
        form = {"form_token": form_token_in(page), "code": self.code()}
        done = self.browser.post("/second-factor", form)
        self.recovery = re.findall(r"<li><code>([a-z2-7-]{19})</code>", done.text)
        return done

    def types(self, code: str, browser: Browser | None = None) -> httpx.Response:
        browser = browser or self.browser
        page = browser.get("/sign-in/code?next=/tokens")
        assert page.status_code == 200
        fields = {"form_token": form_token_in(page), "code": code, "next": "/tokens"}
        return browser.post("/sign-in/code", fields)


@pytest.fixture
def ann() -> Ann:
    console = build_console()
    console.add_person("ann")
    return Ann(console)


def test_a_factor_is_set_up_with_a_picture_and_recovery_codes_that_are_shown_once(ann: Ann) -> None:
    ann.browser.sign_in("ann")
    page = ann.browser.get("/second-factor").text
    assert "<svg" in page
    assert "style=" not in page.partition("<svg")[2].partition("</svg>")[0], "our own policy forbids it"
    done = ann.set_up()
    assert len(ann.recovery) == 10
    assert ann.browser.get("/tokens").status_code == 303, "every session has ended"
    ann.browser.sign_in("ann")
    ann.types(ann.code())
    again = ann.browser.get("/second-factor").text
    assert ann.recovery[0] not in again
    assert "10 recovery codes are left" in again
    assert done.headers["cache-control"] == "no-store"


def test_the_password_alone_opens_nothing(ann: Ann) -> None:
    ann.set_up()
    browser = Browser(ann.console)
    answer = browser.sign_in("ann", after="/tokens")
    assert answer.headers["location"] == "/sign-in/code?next=%2Ftokens"
    for path in ("/", "/tokens", "/password", "/second-factor", "/device?code=BBBB-BBBB"):
        assert browser.get(path).headers["location"].startswith("/sign-in"), path
    half = dict(browser.cookies)
    assert ann.types(ann.code(), browser).headers["location"] == "/tokens"
    assert browser.get("/tokens").status_code == 200
    assert browser.cookies["lading-session"] != half["lading-session"], "the session is a new one"
    old = Browser(ann.console, cookies=half)
    assert old.get("/tokens").status_code == 303
    assert old.get("/sign-in/code").headers["location"] == "/sign-in", "and the half one is over"


def test_programs_are_refused_with_a_password_and_told_what_to_do(ann: Ann) -> None:
    ann.set_up()
    attempt = SignInAttempt("ann", PASSWORD, "192.0.2.1", "registry")
    with pytest.raises(Unauthenticated) as refused:
        sign_in_or_raise(ann.console.services.accounts, attempt, ann.console.clock())
    assert refused.value.code == "second-factor-required"
    assert "personal token" in refused.value.hint


def test_who_does_not_know_the_password_does_not_learn_that_there_is_a_factor(ann: Ann) -> None:
    ann.set_up()
    assert "do not belong together" in Browser(ann.console).sign_in("ann", "wrong password here").text


def test_a_code_is_good_once_also_in_another_browser(ann: Ann) -> None:
    ann.set_up()
    one, two = Browser(ann.console), Browser(ann.console)
    one.sign_in("ann")
    two.sign_in("ann")
    code = ann.code()
    assert ann.types(code, one).status_code == 303
    assert ann.types(code, two).status_code == 403
    assert two.get("/tokens").status_code == 303


def test_a_recovery_code_signs_in_once(ann: Ann) -> None:
    ann.set_up()
    for status in (303, 403):
        browser = Browser(ann.console)
        browser.sign_in("ann")
        assert ann.types(ann.recovery[0], browser).status_code == status


def test_who_guesses_codes_has_to_wait_and_only_who_knows_the_password_can_make_ann_wait(ann: Ann) -> None:
    ann.set_up()
    guesser = Browser(ann.console)
    guesser.sign_in("ann")
    statuses = [ann.types("000000", guesser).status_code for _ in range(6)]
    assert statuses == [403] * 5 + [429]
    stranger = Browser(ann.console)
    assert stranger.get("/sign-in/code").headers["location"] == "/sign-in"
    ann.console.clock.move(timedelta(hours=2))
    ann.browser.sign_in("ann")
    assert ann.types(ann.code()).status_code == 303


def test_half_a_session_ends_after_minutes(ann: Ann) -> None:
    ann.set_up()
    browser = Browser(ann.console)
    browser.sign_in("ann")
    ann.console.clock.move(timedelta(minutes=5))
    assert browser.get("/sign-in/code").headers["location"] == "/sign-in"


def test_another_site_cannot_type_a_code(ann: Ann) -> None:
    ann.set_up()
    browser = Browser(ann.console)
    browser.sign_in("ann")
    answer = browser.post("/sign-in/code", {"form_token": "0" * 64, "code": ann.code(), "next": "/"})
    assert answer.status_code == 403
    assert browser.get("/tokens").status_code == 303


def test_a_wrong_first_code_turns_nothing_on(ann: Ann) -> None:
    ann.browser.sign_in("ann")
    page = ann.browser.get("/second-factor")
    answer = ann.browser.post("/second-factor", {"form_token": form_token_in(page), "code": "000000"})
    assert answer.status_code == 403
    assert Browser(ann.console).sign_in("ann").headers["location"] == "/"


def test_removing_it_takes_a_code_and_ends_every_session(ann: Ann) -> None:
    ann.set_up()
    ann.browser.sign_in("ann")
    ann.types(ann.code())
    page = ann.browser.get("/second-factor")
    form = {"form_token": form_token_in(page), "code": "000000"}
    assert ann.browser.post("/second-factor/remove", form).status_code == 403
    form["code"] = ann.code()
    assert ann.browser.post("/second-factor/remove", form).status_code == 303
    assert ann.browser.get("/tokens").status_code == 303
    assert Browser(ann.console).sign_in("ann").headers["location"] == "/"


def test_who_must_have_one_can_do_nothing_else_before() -> None:
    console = build_console(factor_rule=FactorRule.ADMINISTRATORS)
    console.add_person("ann", admin=True)
    console.add_person("ben")
    ann = Ann(console)
    ann.browser.sign_in("ann")
    for path in ("/", "/tokens", "/device?code=BBBB-BBBB"):
        assert ann.browser.get(path).headers["location"] == "/second-factor"
    attempt = SignInAttempt("ann", PASSWORD, "192.0.2.1", "api")
    with pytest.raises(Unauthenticated) as refused:
        sign_in_or_raise(console.services.accounts, attempt, console.clock())
    assert refused.value.code == "second-factor-missing"
    ann.set_up()
    ann.browser.sign_in("ann")
    ann.types(ann.code())
    assert ann.browser.get("/").status_code == 200
    ben = Browser(console)
    ben.sign_in("ben")
    assert ben.get("/").status_code == 200
