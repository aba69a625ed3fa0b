"""Verdicts that changed, for those who may see the images."""

import pytest

from lading.ports.records.people import RoleBinding
from tests.support.console import Browser, ConsoleUnderTest, build_console, form_token_in
from tests.support.html import Node, read_html
from tests.support.sample_alerts import add_change
from tests.support.sample_fleet import build_fleet


@pytest.fixture
def console() -> ConsoleUnderTest:
    """A fleet in which an advisory about what shop/checkout has came in just now."""
    fleet = build_fleet()
    made = build_console(fleet=fleet)
    for name in ("ann", "bob", "eve", "mia"):
        made.add_person(name, admin=name == "ann")
    with made.records.write() as kept:
        kept.people.bind(RoleBinding("person:bob", "reader", "shop/**"))
        kept.people.bind(RoleBinding("person:eve", "reader", "base/**"))
        kept.people.bind(RoleBinding("person:mia", "reader", "team-x/**"))
    add_change(made.records)
    return made


def visit(console: ConsoleUnderTest, name: str, query: str = "") -> Node:
    browser = Browser(console)
    assert browser.sign_in(name).status_code == 303
    answer = browser.get(f"/alerts{query}")
    assert answer.status_code == 200, answer.text[:500]
    return read_html(answer.text)


def rows(page: Node) -> list[str]:
    return page.one("section", aria_label="Verdicts that changed").rows()


def test_a_change_says_what_why_where_whose_and_when(console: ConsoleUnderTest) -> None:
    (row, *others) = rows(visit(console, "ann"))
    assert row.startswith("urllib3 1.24.1 is affected by CVE-2026-7, fixed in 1.26.5")
    assert "1.24.1 is before 1.26.5, which has the fix (osv/PyPI PYSEC-2026-9)" in row
    assert "High ✕ Affected was no finding" in row
    assert "shop/checkout 2.3.9" in row
    assert "payments" in row
    assert not others


def test_readers_see_what_is_about_images_that_they_may_see(console: ConsoleUnderTest) -> None:
    for name, theirs, others in (
        ("bob", "shop/checkout 2.3.9 payments", ("base/", "platform")),
        ("eve", "base/python 3.12-slim platform", ("shop/", "payments")),
    ):
        (row,) = rows(visit(console, name))
        assert theirs in row
        assert not [other for other in others if other in row], name
    page = visit(console, "mia")
    assert "No verdict has changed." in page.text
    assert "CVE-2026-7" not in page.text


def test_a_reader_cannot_ask_for_a_team_whose_images_they_may_not_see(console: ConsoleUnderTest) -> None:
    assert "No change is like that." in visit(console, "eve", "?team=payments").text


def test_it_is_filtered_by_team_and_severity(console: ConsoleUnderTest) -> None:
    for query in (
        "?team=payments",
        "?severity=high",
        "?team=payments&severity=high",
        "?severity=odd",
    ):
        assert len(rows(visit(console, "ann", query))) == 1, query
    for query in ("?team=security", "?team=nobody", "?severity=low"):
        assert "No change is like that." in visit(console, "ann", query).text, query


def test_who_may_see_all_of_it_acknowledges_it_and_it_needs_no_more_attention(
    console: ConsoleUnderTest,
) -> None:
    browser = Browser(console)
    browser.sign_in("ann")
    assert "1 verdict has got worse" in read_html(browser.get("/").text).text
    token = form_token_in(browser.get("/alerts?state=waiting"))
    form = {"form_token": token, "word": "we shall update on Monday"}
    answer = browser.post("/alerts/1/acknowledge", form)
    assert answer.headers["location"] == "/alerts?done=alert-acknowledged"
    (row,) = rows(visit(console, "bob"))
    assert "Acknowledged by ann, just now : we shall update on Monday" in row
    assert "No change is like that." in visit(console, "ann", "?state=waiting").text
    assert "got worse" not in read_html(browser.get("/").text).text
    assert browser.post("/alerts/1/acknowledge", form).status_code == 409
    for odd in ("0", "x", "9" * 30):
        assert browser.post(f"/alerts/{odd}/acknowledge", form).status_code == 404
