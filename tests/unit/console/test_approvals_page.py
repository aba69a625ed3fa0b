"""What waits for other people, in the console."""

import pytest

from tests.support.console import Browser, ConsoleUnderTest, build_console, form_token_in
from tests.support.html import read_html
from tests.support.sample_fleet import build_fleet

FORM = {
    "repositories": "shop/checkout",
    "rules": "owner-known",
    "vulnerabilities": "",
    "digest": "",
    "environments": "test",
    "expires": "2026-03-08",
    "ticket": "OPS-9",
    "reason": "Until the <b>new</b> base arrives.",
}


@pytest.fixture
def console() -> ConsoleUnderTest:
    built = build_console(fleet=build_fleet())
    for name in ("ann", "ben"):
        built.add_person(name, admin=True)
    return built


def sign_in(console: ConsoleUnderTest, name: str) -> Browser:
    browser = Browser(console)
    assert browser.sign_in(name).status_code == 303
    return browser


def test_one_asks_and_another_agrees_who_sees_what_was_known(console: ConsoleUnderTest) -> None:
    ann, ben = sign_in(console, "ann"), sign_in(console, "ben")
    asked = ann.post("/waivers", {**FORM, "form_token": form_token_in(ann.get("/waivers/new"))})
    assert asked.status_code == 303
    own = ann.get("/approvals")
    assert "owner-known on shop/checkout in test" in own.text
    assert 'name="say"' not in own.text
    seen = ben.get("/approvals")
    assert "Until the &lt;b&gt;new&lt;/b&gt; base arrives." in seen.text
    assert "blast radius: would pass" in seen.text
    path = seen.text.partition('action="/approvals/')[2].partition('"')[0]
    said = ben.post(
        f"/approvals/{path}", {"say": "yes", "comment": "fine", "form_token": form_token_in(seen)}
    )
    assert said.headers["location"] == "/approvals?done=approval-approved"
    done = read_html(ben.get("/approvals?state=approved").text).rows()
    assert any("owner-known on shop/checkout" in row and "Agreed: ben" in row for row in done)


def test_refusing_needs_no_comment_and_nobody_votes_on_their_own(console: ConsoleUnderTest) -> None:
    ann, ben = sign_in(console, "ann"), sign_in(console, "ben")
    ann.post("/waivers", {**FORM, "form_token": form_token_in(ann.get("/waivers/new"))})
    seen = ben.get("/approvals")
    path = seen.text.partition('action="/approvals/')[2].partition('"')[0]
    own = ann.post(
        f"/approvals/{path}",
        {"say": "yes", "comment": "", "form_token": form_token_in(ann.get("/approvals"))},
    )
    assert own.status_code == 403
    said = ben.post(f"/approvals/{path}", {"say": "no", "comment": "", "form_token": form_token_in(seen)})
    assert said.headers["location"] == "/approvals?done=approval-rejected"
