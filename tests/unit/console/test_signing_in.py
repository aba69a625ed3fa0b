"""Signing in and out: sessions, cookies, refusals, and where one comes out."""

from datetime import timedelta

import pytest

from tests.support.console import PASSWORD, Browser, ConsoleUnderTest, build_console, form_token_in


@pytest.fixture
def console() -> ConsoleUnderTest:
    built = build_console()
    built.add_person("ann", admin=True)
    return built


def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back(console: ConsoleUnderTest) -> None:
    browser = Browser(console)
    asked = browser.get("/password?x=1&y=%20")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?next=/password%3Fx%3D1%26y%3D%2520"
    page = browser.get(asked.headers["location"])
    assert 'name="next" value="/password?x=1&amp;y=%20"' in page.text


def test_a_right_password_opens_a_session(console: ConsoleUnderTest) -> None:
    browser = Browser(console)
    answer = browser.sign_in("ann", after="/password")
    assert (answer.status_code, answer.headers["location"]) == (303, "/password")
    assert browser.get("/password").status_code == 200


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong password here"), ("nobody", PASSWORD)])
def test_a_refusal_does_not_tell_which_of_name_and_password_was_wrong(
    console: ConsoleUnderTest, name: str, password: str
) -> None:
    browser = Browser(console)
    answer = browser.sign_in(name, password)
    assert answer.status_code == 403
    assert "This name and password do not belong together." in answer.text
    assert f'value="{name}"' in answer.text
    assert password not in answer.text
    assert "lading-session" not in browser.cookies


def test_a_disabled_account_is_refused_in_the_same_words(console: ConsoleUnderTest) -> None:
    console.add_person("eve", disabled=True)
    assert "do not belong together" in Browser(console).sign_in("eve").text


def test_many_failures_have_to_wait_and_are_told_how_long(console: ConsoleUnderTest) -> None:
    browser = Browser(console)
    answers = [browser.sign_in("ann", "wrong password here") for _ in range(12)]
    answer = answers[-1]
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "Please try again in" in answer.text
    assert browser.sign_in("ann").status_code == 429, "even the right password waits"
    console.clock.move(timedelta(hours=2))
    assert browser.sign_in("ann").status_code == 303


def test_robots_do_not_sign_in(console: ConsoleUnderTest) -> None:
    answer = Browser(console).sign_in("robot$ci")
    assert answer.status_code == 403
    assert "Robot accounts do not sign in here." in answer.text


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "/ok\r\nset-cookie: a=b",
        "/" + "x" * 3000,
        "",
    ],
)
def test_signing_in_leads_only_to_pages_of_ours(console: ConsoleUnderTest, elsewhere: str) -> None:
    assert Browser(console).sign_in("ann", after=elsewhere).headers["location"] == "/"


def test_a_session_token_that_was_planted_before_is_not_taken_over(console: ConsoleUnderTest) -> None:
    browser = Browser(console, cookies={"lading-session": "planted-by-somebody-else-0123456789abcdef"})
    browser.sign_in("ann")
    assert browser.cookies["lading-session"].startswith("token-")
    thief = Browser(console, cookies={"lading-session": "planted-by-somebody-else-0123456789abcdef"})
    assert thief.get("/password").status_code == 303


def test_the_token_of_the_form_never_becomes_a_session(console: ConsoleUnderTest) -> None:
    browser = Browser(console)
    browser.get("/sign-in")
    before = browser.cookies["lading-form"]
    browser.sign_in("ann")
    assert browser.cookies["lading-session"] != before
    assert "lading-form" not in browser.cookies


def test_two_sign_ins_have_two_sessions(console: ConsoleUnderTest) -> None:
    one, other = Browser(console), Browser(console)
    one.sign_in("ann")
    other.sign_in("ann")
    assert one.cookies["lading-session"] != other.cookies["lading-session"]


def test_a_session_ends_by_itself(console: ConsoleUnderTest) -> None:
    browser = Browser(console)
    browser.sign_in("ann")
    console.clock.move(timedelta(hours=11, minutes=59))
    assert browser.get("/password").status_code == 200
    console.clock.move(timedelta(minutes=2))
    assert browser.get("/password").status_code == 303


def test_signing_out_ends_the_session_on_the_server_too(console: ConsoleUnderTest) -> None:
    browser = Browser(console)
    browser.sign_in("ann")
    stolen = dict(browser.cookies)
    page = browser.get("/password")
    answer = browser.post("/sign-out", {"form_token": form_token_in(page)})
    assert answer.headers["location"] == "/sign-in?said=signed-out"
    assert "lading-session" not in browser.cookies
    assert Browser(console, cookies=stolen).get("/password").status_code == 303
    assert "You are signed out." in browser.get("/sign-in?said=signed-out").text


def test_a_link_cannot_sign_anybody_out(console: ConsoleUnderTest) -> None:
    browser = Browser(console)
    browser.sign_in("ann")
    assert browser.get("/sign-out").status_code == 405
    assert browser.get("/password").status_code == 200


def test_words_of_an_address_are_not_shown_as_ours(console: ConsoleUnderTest) -> None:
    page = Browser(console).get("/sign-in?said=Call+0800-EVIL+to+unlock")
    assert "EVIL" not in page.text


def test_whoever_was_given_a_password_chooses_one_first(console: ConsoleUnderTest) -> None:
    console.add_person("new", must_change=True)
    browser = Browser(console)
    browser.sign_in("new")
    page = browser.get("/password")
    assert "was given to you" in page.text
    fields = {"form_token": form_token_in(page), "old": PASSWORD, "new": "quite another set of words"}
    differs = browser.post("/password", {**fields, "again": "something else"})
    assert (differs.status_code, "differ" in differs.text) == (400, True)
    poor = browser.post("/password", {**fields, "new": "short", "again": "short"})
    assert (poor.status_code, "12 to 128 characters" in poor.text) == (400, True)
    wrong = browser.post("/password", {**fields, "old": "not this one", "again": fields["new"]})
    assert wrong.status_code == 403
    done = browser.post("/password", {**fields, "again": fields["new"]})
    assert done.headers["location"] == "/sign-in?said=password-changed"
    assert browser.get("/password").status_code == 303, "every session has ended"
    assert browser.sign_in("new", fields["new"]).status_code == 303
    assert "was given to you" not in browser.get("/password").text


def test_sign_ins_are_in_the_audit_log_without_the_password(console: ConsoleUnderTest) -> None:
    browser = Browser(console)
    browser.sign_in("ann", "wrong password here")
    browser.sign_in("ann")
    with console.records.read() as kept:
        events = [entry.event for entry in kept.audit.page().items]
    assert [(event.actor, event.action) for event in events] == [
        ("person:ann", "sign-in.succeed"),
        ("person:ann", "sign-in.fail"),
    ]
    assert "wrong password" not in repr(events)
