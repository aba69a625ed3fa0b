"""The overview, repositories, and the filters that its numbers lead to."""

from dataclasses import replace

import pytest

from lading.console.views.badges import Tone
from lading.console.views.overview import Attention, attention_of
from lading.policy.decision import Outcome
from tests.support.console import Browser, ConsoleUnderTest, build_console
from tests.support.html import Node, read_html


def page(browser: Browser, path: str) -> Node:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text[:1000]
    return read_html(answer.text)


def test_every_number_that_needs_attention_leads_to_its_list(ann: Browser) -> None:
    items = page(ann, "/").one("ul", class_="attention").all("li")
    found = {item.all("a", class_="what")[0].text: item for item in items}
    assert list(found) == [
        "denied image runs",
        "known-exploited vulnerabilities found",
        "systems or ecosystems are without advisories",
        "image could not be analysed",
        "waiver ends within a week",
        "repositories have no owner",
        "analysis is pending",
    ]
    for item in items:
        number = item.all("a", class_="n")[0]
        listed = page(ann, number.attributes["href"])
        _, _, part = number.attributes["href"].partition("#")
        rows = (listed.one("section", id=part) if part else listed).rows()
        assert len(rows) == int(number.text), item.text


def test_totals_lead_to_their_lists(ann: Browser) -> None:
    totals = page(ann, "/").one("dl", class_="totals").all("a")
    assert [(link.text, link.attributes["href"]) for link in totals] == [
        ("8", "/images"),
        ("5", "/repositories"),
        ("3", "/running"),
        ("2", "/running#hosts"),
    ]
    assert len(page(ann, "/images").rows()) == 8
    assert len(page(ann, "/repositories").rows()) == 5


def test_what_was_denied_lately_opens_its_evidence(ann: Browser) -> None:
    denials = page(ann, "/").one("section", aria_labelledby="denials")
    assert "Images are signed" in denials.text
    assert "more" in denials.text
    assert denials.all("a")[0].attributes["href"] == "/decisions/decision-0001"


def test_what_is_asked_again_and_again_is_denied_in_one_line(fleet_console: ConsoleUnderTest) -> None:
    with fleet_console.records.read() as kept:
        first = kept.governance.decisions(outcome=Outcome.DENY).items[0]
    console = build_console()
    console.add_person("bea", admin=True)
    with console.records.write() as kept:
        for number in range(30):
            kept.governance.save_decision(replace(first, id=f"again-{number}"))
    bea = Browser(console)
    bea.sign_in("bea")
    after = page(bea, "/").one("section", aria_labelledby="denials")
    assert len(after.all("li")) == 1
    assert "30 times, last" in after.text
    assert f"@{first.decision.image.removeprefix('sha256:')[:12]}" in after.text
    assert first.decision.image not in after.text, "the whole digest does not fit"


def test_feeds_have_their_age(ann: Browser) -> None:
    feeds = page(ann, "/").one("section", id="feeds")
    assert "starter" in feeds.text
    assert "✓ Fresh" in feeds.text


def test_an_empty_installation_says_what_to_type_next() -> None:
    console = build_console()
    console.add_person("ann", admin=True)
    browser = Browser(console)
    browser.sign_in("ann")
    shown = page(browser, "/")
    assert "docker push registry.example:7780/team/app:1.0" in shown.text
    assert "lading advisories import" in shown.text
    assert "0 advisory feeds are imported" in shown.text, "no feed is no all-clear"
    assert "docker push" in page(browser, "/images").text
    assert "docker push" in page(browser, "/repositories").text


def test_who_may_not_list_everything_is_shown_no_totals(fleet_console: ConsoleUnderTest) -> None:
    fleet_console.add_person("visitor")
    visitor = Browser(fleet_console)
    visitor.sign_in("visitor")
    shown = page(visitor, "/")
    assert shown.all("dl", class_="totals") == []
    assert "checkout" not in shown.text
    assert "exploited vulnerabilit" not in shown.text
    assert page(visitor, "/repositories").rows() == []
    assert page(visitor, "/who-has").all("section", id="exploited") == []


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("verdict=deny", 1),
        ("verdict=allow", 1),
        ("verdict=warn", 0),
        ("verdict=none", 6),
        ("severity=critical", 1),
        ("severity=medium", 2),
        ("analysis=failed", 1),
        ("q=2.4.1", 1),
        ("q=shop&verdict=none", 3),
        ("verdict=nonsense", 8),
        ("running=yes", 2),
        ("running=yes&verdict=deny", 1),
    ],
)
def test_the_list_of_images_is_filtered(ann: Browser, query: str, number: int) -> None:
    assert len(page(ann, f"/images?{query}").rows()) == number


def test_what_there_is_none_of_needs_no_attention() -> None:
    quiet = Attention(3, Tone.QUIET, "a", "", "/")
    bad = Attention(1, Tone.BAD, "b", "", "/")
    assert attention_of([quiet, Attention(0, Tone.BAD, "c", "", "/"), bad]) == (bad, quiet)
