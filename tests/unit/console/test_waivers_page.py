"""Waivers: asked for with nothing lost, approved by somebody else, revoked."""

import pytest

from lading.policy.waiver import WaiverState
from tests.support.console import Browser, ConsoleUnderTest, build_console, form_token_in
from tests.support.html import Node, read_html
from tests.support.sample_fleet import build_fleet

FORM = {
    "repositories": "shop/checkout",
    "rules": "owner-known, no-root-user",
    "vulnerabilities": "",
    "digest": "",
    "environments": "test",
    "expires": "2026-03-08",
    "ticket": "OPS-9",
    "reason": 'Until the "new" base <b>arrives</b>.',
}


@pytest.fixture
def console() -> ConsoleUnderTest:
    built = build_console(fleet=build_fleet())
    for name in ("ann", "ben"):
        built.add_person(name, admin=True)
    built.add_person("guest")
    return built


def sign_in(console: ConsoleUnderTest, name: str) -> Browser:
    browser = Browser(console)
    assert browser.sign_in(name).status_code == 303
    return browser


def page(browser: Browser, path: str) -> Node:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text[:1000]
    return read_html(answer.text)


def token(browser: Browser) -> str:
    return form_token_in(browser.get("/waivers/new"))


def test_waivers_say_what_they_excuse_where_and_until_when(ann: Browser) -> None:
    rows = page(ann, "/waivers").rows()
    assert len(rows) == 3
    assert "CVE-2014-6271 shop/checkout · Waits for approval" in rows[0]
    assert "owner-known shop/checkout, in test ! Counts" in rows[1]
    assert "in 6 days" in rows[1]
    assert "· Expired" in rows[2]


@pytest.mark.parametrize(("state", "number"), [("requested", 1), ("active", 1), ("ended", 1), ("odd", 3)])
def test_waivers_are_listed_by_state(ann: Browser, state: str, number: int) -> None:
    assert len(page(ann, f"/waivers?state={state}").rows()) == number


def test_a_ticket_is_a_link_only_where_it_is_one(ann: Browser) -> None:
    links = [
        link.attributes["href"] for link in page(ann, "/waivers").all("a", rel="noopener noreferrer external")
    ]
    assert links == ["https://tickets.example.org/OPS-4712"] * 2


def test_nobody_is_offered_to_approve_their_own(console: ConsoleUnderTest) -> None:
    own = page(sign_in(console, "ann"), "/waivers").one("tr", id="waiver-waiver-0003")
    assert [button.text.split()[0] for button in own.all("button")] == ["Revoke"]
    other = page(sign_in(console, "ben"), "/waivers").one("tr", id="waiver-waiver-0003")
    assert [button.text.split()[0] for button in other.all("button")] == ["Approve", "Revoke"]
    guest = page(sign_in(console, "guest"), "/waivers")
    assert guest.all("form", action="/waivers/waiver-0003/approve") == []


def test_a_waiver_is_asked_for_approved_and_revoked(console: ConsoleUnderTest) -> None:
    ann, ben = sign_in(console, "ann"), sign_in(console, "ben")
    asked = ann.post("/waivers", {**FORM, "form_token": token(ann)})
    assert asked.headers["location"] == "/waivers?done=waiver-requested"
    assert "It counts once somebody else approves it." in page(ann, asked.headers["location"]).text
    with console.records.read() as kept:
        newest = kept.governance.waivers(limit=1).items[0]
    assert newest.scope.rules == ("owner-known", "no-root-user")
    assert newest.reason == FORM["reason"]
    own = ann.post(f"/waivers/{newest.id}/approve", {"form_token": token(ann)})
    assert own.status_code == 403
    assert "Ann asked for this waiver and cannot approve it." in own.text
    approved = ben.post(f"/waivers/{newest.id}/approve", {"form_token": token(ben)})
    assert approved.headers["location"] == "/waivers?done=waiver-approved"
    revoked = ann.post(f"/waivers/{newest.id}/revoke", {"form_token": token(ann)})
    assert revoked.headers["location"] == "/waivers?done=waiver-revoked"
    with console.records.read() as kept:
        ended = kept.governance.waiver(newest.id)
    assert ended is not None
    assert ended.state(console.clock()) is WaiverState.REVOKED
    assert "Revoked by ann" in page(ann, "/waivers").one("tr", id=f"waiver-{newest.id}").text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rules": "no-such-rule"}, "no rule"),
        ({"rules": ""}, "A waiver names rules or vulnerabilities"),
        ({"expires": "2025-01-01"}, "ends in the future"),
        ({"expires": "soon"}, "is no day"),
        ({"expires": "2027-01-01"}, "ends after at most"),
        ({"repositories": "Shop/**"}, "repository pattern"),
        ({"digest": "sha256:1"}, "hexadecimal digits"),
        ({"ticket": ""}, "names the ticket"),
        ({"reason": " "}, "has a reason"),
    ],
)
def test_what_is_not_accepted_is_shown_again_with_nothing_lost(
    ann: Browser, change: dict[str, str], says: str
) -> None:
    answer = ann.post("/waivers", {**FORM, **change, "form_token": token(ann)})
    assert answer.status_code == 400
    shown = read_html(answer.text)
    assert says in shown.one("div", role="alert").text
    fields = {field.attributes["name"]: field.attributes.get("value", "") for field in shown.all("input")}
    for name in ("repositories", "rules", "expires", "ticket"):
        assert fields[name] == {**FORM, **change}[name]
    assert shown.one("textarea", name="reason").text == {**FORM, **change}["reason"].strip()


def test_a_link_may_fill_in_the_form(ann: Browser) -> None:
    shown = page(ann, "/waivers/new?repositories=shop%2Fcheckout&rules=no-secrets&environments=prod")
    fields = {field.attributes["name"]: field.attributes.get("value", "") for field in shown.all("input")}
    assert (fields["repositories"], fields["rules"], fields["environments"]) == (
        "shop/checkout",
        "no-secrets",
        "prod",
    )
    assert fields["expires"] == "2026-03-08", "a week is proposed"
    assert {"no-secrets", "signed"} <= {
        option.attributes["value"] for option in shown.one("datalist", id="known-rules").all("option")
    }


def test_a_waiver_that_is_not_there_is_not_found(ann: Browser) -> None:
    assert ann.post("/waivers/none/approve", {"form_token": token(ann)}).status_code == 404
    assert ann.get("/waivers/none/approve").status_code == 405
