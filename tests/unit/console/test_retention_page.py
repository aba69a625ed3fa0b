"""What would go, what is protected, and holds."""

import html
from collections.abc import Iterator
from datetime import timedelta

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.console.views.retention import retention_view
from lading.oci.digest import Digest
from lading.registry.retention import Conditions, Going, Plan, RetentionRule
from lading.registry.tag_pattern import TagPattern
from lading.workflows.retain import PlannedRepository, add_retention_rule
from tests.support.console import Browser, build_console, form_token_in
from tests.support.registry import NOON, ROOT, DrivenRegistry
from tests.support.sample_fleet import build_fleet


def test_the_page_says_what_would_go_and_what_protects_the_rest() -> None:
    fleet = build_fleet()
    registry = DrivenRegistry(fleet.registry.records, fleet.registry.blobs)
    held = registry.push_image("lab/held", name="held", tags=("1",))
    registry.push_image("lab/idle", name="idle", tags=("2",))
    conditions = Conditions(older_than=timedelta(days=30))
    rule = RetentionRule(
        "r1", RepositoryPattern.parse("lab/**"), TagPattern.parse("*"), conditions, "lab", NOON, ""
    )
    console = build_console(fleet=fleet)
    console.add_person("root", admin=True)
    console.clock.move(timedelta(days=900))
    browser = Browser(console)
    browser.sign_in("root")
    assert "Nothing goes by itself" in browser.get("/registry/retention").text
    add_retention_rule(fleet.registry.records, ROOT, rule, NOON)
    page = browser.get("/registry/retention")
    assert page.status_code == 200
    assert "lab/idle:2" in page.text
    assert "older than 30 days" in page.text
    form = {
        "form_token": form_token_in(page),
        "repositories": "lab/held",
        "digest": str(held),
        "reason": "case 17",
    }
    refused = browser.post("/registry/holds", {**form, "digest": "sha256:short"})
    assert refused.status_code == 400
    placed = browser.post("/registry/holds", form)
    assert placed.status_code == 303
    shown = browser.get(placed.headers["location"]).text
    assert "legal hold: " in shown
    assert "case 17" in shown
    assert browser.post("/registry/retention/run", {"form_token": form_token_in(page)}).status_code == 303
    hold = shown.partition("/registry/holds/")[2].partition("/release")[0]
    assert browser.post(f"/registry/holds/{hold}/release", form).status_code == 303
    assert "Nothing is under legal hold" in browser.get("/registry/retention").text


def test_a_rule_is_tried_made_and_removed_on_the_page() -> None:
    fleet = build_fleet()
    registry = DrivenRegistry(fleet.registry.records, fleet.registry.blobs)
    registry.push_image("lab/idle", name="idle", tags=("pr-7",))
    console = build_console(fleet=fleet)
    console.add_person("root", admin=True)
    console.clock.move(timedelta(days=900))
    browser = Browser(console)
    browser.sign_in("root")
    typed = {
        "form_token": form_token_in(browser.get("/registry/retention")),
        "repositories": "lab/**",
        "tags": "pr-*",
        "older_than_days": "30",
        "newest_by": "time",
        "reason": "builds of <b>requests</b>",
    }
    tried = browser.post("/registry/retention", {**typed, "do": "try"})
    assert tried.status_code == 200
    assert "lab/idle:pr-7" in tried.text
    assert "with the rule above as well" in tried.text
    assert 'value="pr-*"' in tried.text, "what was typed stays"
    assert "Nothing goes by itself" in tried.text, "trying makes nothing"
    made = browser.post("/registry/retention", {**typed, "do": "make"})
    assert made.headers["location"] == "/registry/retention?done=retention-rule-added"
    shown = browser.get(made.headers["location"]).text
    assert "older than 30 days" in shown
    assert "lab/idle:pr-7" in shown
    assert "&lt;b&gt;requests" in shown
    with fleet.registry.records.read() as kept:
        (rule,) = kept.rules.retention_rules()
    gone = browser.post(f"/registry/retention/{rule.id}/remove", {"form_token": typed["form_token"]})
    assert gone.status_code == 303
    assert "Nothing goes by itself" in browser.get("/registry/retention").text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "a rule without a condition would take every tag"),
        ({"older_than_days": "-1"}, "the days since it was pushed"),
        ({"older_than_days": "9" * 30}, "is no whole number"),
        ({"older_than_days": "٣"}, "is no whole number"),
        ({"beyond_newest": "3", "newest_by": "size"}, "choose what the newest are counted by"),
        ({"untagged": "yes"}, "needs an age"),
        ({"older_than_days": "3", "repositories": "NO WAY"}, "repository pattern"),
        ({"older_than_days": "3", "tags": "{nonsense}"}, "nonsense"),
    ],
)
def test_a_rule_that_cannot_be_is_shown_again_with_what_is_wrong(typed: dict[str, str], says: str) -> None:
    console = build_console()
    console.add_person("root", admin=True)
    browser = Browser(console)
    browser.sign_in("root")
    form = {"form_token": form_token_in(browser.get("/registry/retention")), "do": "make"}
    base = {"repositories": "lab/**", "tags": "*", "newest_by": "time", "reason": "kept as typed"}
    refused = browser.post("/registry/retention", {**form, **base, **typed})
    assert refused.status_code == 400
    assert says in html.unescape(refused.text)
    assert "kept as typed" in refused.text
    with console.records.read() as kept:
        assert kept.rules.retention_rules() == ()


def test_a_preview_on_the_page_stops_when_a_list_is_full() -> None:
    asked: list[str] = []

    def planned() -> Iterator[PlannedRepository]:
        for number in range(1000):
            asked.append(name := f"lab/{number}")
            going = Going(name, "old", Digest.of(name.encode()), "old", "r1")
            yield PlannedRepository(name, Plan((going,), (), ()), 10)

    view = retention_view((), planned(), (), NOON, most=20, notice=None)
    assert (len(view.going), view.more, view.freed) == (20, True, 200)
    assert len(asked) < 25
