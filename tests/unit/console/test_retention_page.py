"""What would go, what is protected, and holds."""

from datetime import timedelta

from lading.access.repository_pattern import RepositoryPattern
from lading.registry.retention import Conditions, RetentionRule
from lading.registry.tag_pattern import TagPattern
from lading.workflows.retain import add_retention_rule
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
