"""What runs: flags with reasons, owners, hosts."""

import pytest

from tests.support.console import Browser, ConsoleUnderTest, build_console
from tests.support.html import Node, read_html


def page(browser: Browser, path: str) -> Node:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text[:1000]
    return read_html(answer.text)


def row_of(node: Node, text: str) -> Node:
    (found,) = [row for row in node.one("section", aria_label="Containers").all("tr") if text in row.text]
    return found


def test_a_container_of_a_refused_image_says_why(ann: Browser) -> None:
    row = row_of(page(ann, "/running"), "checkout-7d9f8-x2k")
    assert "✕ Denied" in row.text
    assert "Prod refuses it: signed" in row.text
    assert "✕ Unsigned" in row.text
    assert "payments" in row.text
    assert "node-17 prod" in row.text


def test_a_container_that_nobody_pushed_is_unknown_and_nothing_else(ann: Browser) -> None:
    row = row_of(page(ann, "/running"), "adhoc-shell")
    assert "✕ Unknown image" in row.text
    assert "Unsigned" not in row.text
    assert "✓" not in row.text


def test_a_privileged_container_is_marked(ann: Browser) -> None:
    assert "! Privileged" in row_of(page(ann, "/running"), "checkout-7d9f8-p9q").text


def test_flags_count_and_lead_to_their_containers(ann: Browser) -> None:
    chips = page(ann, "/running").one("ul", class_="chips").all("a")
    assert len(chips) >= 3
    for chip in chips:
        listed = page(ann, chip.attributes["href"])
        rows = listed.one("section", aria_label="Containers").rows()
        assert len(rows) == int(chip.text.split()[-1]), chip.text


@pytest.mark.parametrize(
    ("query", "number"), [("host=node-17", 3), ("host=node-3", 0), ("q=2.3.9", 1), ("q=checkout-7", 2)]
)
def test_containers_are_filtered(ann: Browser, query: str, number: int) -> None:
    shown = page(ann, f"/running?{query}").one("section", aria_label="Containers")
    assert len(shown.rows()) == number


def test_a_silent_agent_is_remarked(ann: Browser) -> None:
    hosts = page(ann, "/running").one("section", id="hosts").rows()
    assert hosts[0] == "node-17 0.1.0 just now"
    assert "? Silent 3 hours ago" in hosts[1]


def test_an_empty_inventory_says_how_to_fill_it() -> None:
    console = build_console()
    console.add_person("ann", admin=True)
    browser = Browser(console)
    browser.sign_in("ann")
    assert "lading agent --server http://registry.example:7780" in page(browser, "/running").text


def test_who_has_no_rights_sees_no_containers(fleet_console: ConsoleUnderTest) -> None:
    fleet_console.add_person("passer-by")
    browser = Browser(fleet_console)
    browser.sign_in("passer-by")
    shown = page(browser, "/running")
    assert shown.rows() == []
    assert "node-17" not in shown.text
