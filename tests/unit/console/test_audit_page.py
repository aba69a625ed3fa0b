"""The audit page: entries, filters, and the chain."""

import pytest

from lading.audit.entry import Event
from tests.support.console import Browser, ConsoleUnderTest, build_console, form_token_in
from tests.support.html import read_html


@pytest.fixture
def console() -> ConsoleUnderTest:
    built = build_console()
    built.add_person("ann", admin=True)
    with built.records.write() as kept:
        for number in range(3):
            kept.audit.append(
                Event(
                    "2026-03-01T12:00:00Z",
                    "robot:ci",
                    "manifest.push",
                    f"shop/app@sha256:{number:064x}",
                    "done",
                    {"tags": ["1.0", "<latest>"], "size": 12, "empty": ""},
                    "request-1",
                )
            )
        kept.audit.append(Event("not a moment", "person:eve", "promotion.deny", "x", "denied", {}))
    return built


@pytest.fixture
def ann(console: ConsoleUnderTest) -> Browser:
    browser = Browser(console)
    browser.sign_in("ann")
    return browser


def test_entries_are_shown_newest_first(ann: Browser) -> None:
    rows = read_html(ann.get("/audit").text).rows()
    assert len(rows) == 5
    assert "sign-in.succeed" in rows[0]
    assert "not a moment person:eve promotion.deny" in rows[1]
    assert "✕ Denied" in rows[1]
    assert "shop/app@000000000000 Details" in rows[4], "digests are cut to what people recognise"
    assert '["1.0", "<latest>"]' in rows[4]
    assert "empty" not in rows[4]


@pytest.mark.parametrize(
    ("query", "number"),
    [("actor=robot:ci", 3), ("action=promotion", 1), ("subject=shop/app", 3), ("actor=nobody", 0)],
)
def test_entries_are_filtered(ann: Browser, query: str, number: int) -> None:
    assert len(read_html(ann.get(f"/audit?{query}").text).rows()) == number


def test_the_chain_is_not_called_whole_before_it_was_checked(ann: Browser) -> None:
    page = read_html(ann.get("/audit").text)
    assert "· Not checked" in page.one("section", class_="sheet chain").text


def test_a_whole_chain_is_proven(ann: Browser) -> None:
    token = form_token_in(ann.get("/audit"))
    page = read_html(ann.post("/audit/verify", {"form_token": token}).text)
    assert "✓ Intact Every one of 5 entries is as it was written." in page.text


def test_a_changed_byte_is_found_and_the_entry_named(ann: Browser, console: ConsoleUnderTest) -> None:
    with console.records.engine.begin() as connection:  # type: ignore[attr-defined]  # the adapter's own
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS audit_entry_no_update")
        changed = connection.exec_driver_sql(
            "UPDATE audit_entry SET actor = 'person:mallory' WHERE sequence = 2"
        )
        assert changed.rowcount == 1
    token = form_token_in(ann.get("/audit"))
    page = read_html(ann.post("/audit/verify", {"form_token": token}).text)
    assert "✕ Broken At entry 2: its content or its digest was changed." in page.text


def test_only_who_may_read_the_log_sees_it(console: ConsoleUnderTest) -> None:
    console.add_person("guest")
    guest = Browser(console)
    guest.sign_in("guest")
    answer = guest.get("/audit")
    assert answer.status_code == 403
    assert "This is not yours to see" in answer.text
    token = form_token_in(answer)
    assert guest.post("/audit/verify", {"form_token": token}).status_code == 403
