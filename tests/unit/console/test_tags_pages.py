"""Tags, their history, and the rules on them."""

import pytest

from tests.support.console import Browser, build_console, form_token_in
from tests.support.html import Node, read_html
from tests.support.registry import DrivenRegistry
from tests.support.sample_fleet import Fleet, build_fleet


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return build_fleet()


@pytest.fixture(scope="module")
def root(fleet: Fleet) -> Browser:
    console = build_console(fleet=fleet)
    console.add_person("root", admin=True)
    browser = Browser(console)
    browser.sign_in("root")
    return browser


def page(browser: Browser, path: str) -> Node:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text[:1000]
    return read_html(answer.text)


def push(fleet: Fleet, name: str) -> None:
    registry = DrivenRegistry(fleet.registry.records, fleet.registry.blobs)
    registry.push_image("lab/tags", name=name, tags=("1.0.0", "edge") if name == "one" else ("edge",))


def test_rules_are_made_shown_and_removed(fleet: Fleet, root: Browser) -> None:
    push(fleet, "one")
    push(fleet, "two")
    empty = root.get("/registry/tag-rules")
    assert "There are no rules on tags" in empty.text
    fields = {
        "form_token": form_token_in(empty),
        "kind": "fixed",
        "repositories": "lab/**",
        "tags": "{release}",
        "reason": "releases <b>stay</b>",
    }
    refused = root.post("/registry/tag-rules", {**fields, "tags": "{nonsense}"})
    assert refused.status_code == 400
    assert "{nonsense}" in refused.text
    assert "lab/**" in refused.text
    made = root.post("/registry/tag-rules", fields)
    assert made.status_code == 303
    shown = root.get(made.headers["location"])
    assert "Tags may not move" in shown.text
    assert "releases &lt;b&gt;stay" in shown.text

    tags = page(root, "/repositories/lab/tags/tags")
    row = next(row for row in tags.all("tr") if "1.0.0" in row.text)
    assert "May not move" in row.text
    history = page(root, "/repositories/lab/tags/tags/edge")
    assert len(history.all("tr")) == 3
    assert "made" in history.text

    action = shown.text.partition('action="/registry/tag-rules/')[2].partition('"')[0]
    gone = root.post(f"/registry/tag-rules/{action}", {"form_token": form_token_in(shown)})
    assert gone.status_code == 303
    assert "There are no rules on tags" in root.get("/registry/tag-rules").text


@pytest.mark.parametrize("path", ["/repositories/no/where/tags", "/repositories/shop/app/tags/never"])
def test_what_is_not_there_is_said(root: Browser, path: str) -> None:
    assert root.get(path).status_code == 404
