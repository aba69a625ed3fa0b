"""Environments: what each has, promotions, and the second person."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lading.policy.decision import Outcome
from lading.promotion.environments import Environment
from lading.promotion.platforms import PlatformOutcome
from lading.promotion.promotion import Promotion, PromotionKind, PromotionState
from tests.support.console import Browser, ConsoleUnderTest, build_console, form_token_in
from tests.support.html import Node, read_html
from tests.support.sample_fleet import NOW, Fleet, build_fleet


def page(browser: Browser, path: str = "/environments") -> Node:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text[:1000]
    return read_html(answer.text)


def test_each_environment_shows_what_it_has_of_a_repository(ann: Browser, fleet: Fleet) -> None:
    board = page(ann).one("section", aria_labelledby="what")
    assert [head.text for head in board.all("th", scope="col")] == ["Repository", "dev", "test", "prod"]
    (row,) = board.all("tbody")[0].all("tr")
    dev, test, prod = (cell.text for cell in row.all("td"))
    short = fleet.digests["good"].short
    assert dev.startswith(f"{short} 2.4.1 latest")
    assert "=" not in dev
    assert "=" in test, "the same image as in the environment before"
    assert prod == "nothing"


def test_promotions_are_listed_with_reason_and_evidence(ann: Browser) -> None:
    rows = page(ann).one("section", id="promotions").all("tbody")[0].all("tr")
    assert len(rows) == 3
    assert "✕ Denied shop/checkout" in rows[0].text
    assert "test → prod release 2.3.9 REL-12 ann" in rows[0].text
    assert rows[0].all("a")[0].attributes["href"] == "/decisions/decision-0001"
    assert "into dev" in rows[2].text


@pytest.fixture
def waiting() -> ConsoleUnderTest:
    """A fleet in which a promotion waits for its second person."""
    fleet, a_minute_ago = build_fleet(), NOW - timedelta(minutes=1)
    with fleet.registry.records.write() as kept:
        kept.governance.set_environments((Environment("dev"), Environment("prod", needs_approval=True)))
        kept.governance.save_promotion(
            Promotion(
                "waits", PromotionKind.PROMOTION, "shop/checkout", fleet.digests["good"], "", "prod",
                PromotionState.WAITING, "release 2.4.1", "REL-13", "person:ann", a_minute_ago, "",
            )
        )  # fmt: skip
    console = build_console(fleet=fleet)
    for name in ("ann", "ben"):
        console.add_person(name, admin=True)
    return console


def test_only_a_second_person_is_offered_to_approve(waiting: ConsoleUnderTest) -> None:
    ann, ben = Browser(waiting), Browser(waiting)
    ann.sign_in("ann")
    ben.sign_in("ben")
    own = page(ann).one("section", id="promotions").all("tr")[1]
    assert "· Waits for approval" in own.text
    assert [button.text for button in own.all("button")] == ["Take back shop/checkout for into prod"]
    other = page(ben).one("section", id="promotions").all("tr")[1]
    assert [button.text.split()[0] for button in other.all("button")] == ["Approve", "Reject"]


def test_the_platforms_of_an_environment_and_the_verdict_of_each_are_shown() -> None:
    fleet, a_minute_ago = build_fleet(), NOW - timedelta(minutes=1)
    said = (
        PlatformOutcome("linux/amd64", Outcome.ALLOW, "decision-0001"),
        PlatformOutcome("linux/arm64", Outcome.DENY, "decision-0002"),
    )
    with fleet.registry.records.write() as kept:
        kept.governance.set_environments((Environment("prod", platforms=("linux/amd64", "linux/arm64")),))
        kept.governance.save_promotion(
            Promotion(
                "refused", PromotionKind.PROMOTION, "shop/checkout", fleet.digests["good"], "", "prod",
                PromotionState.DENIED, "release 2.4.1", "REL-13", "person:ann", a_minute_ago, "decision-0002",
                platforms=said,
            )
        )  # fmt: skip
    console = build_console(fleet=fleet)
    console.add_person("ann", admin=True)
    ann = Browser(console)
    ann.sign_in("ann")
    shown = page(ann)
    assert "prod linux/amd64, linux/arm64" in [head.text for head in shown.all("th", scope="col")]
    row = shown.one("section", id="promotions").all("tr")[1]
    links = {link.text: link.attributes["href"] for link in row.all("a")}
    assert links["linux/amd64 ✓ Allowed"] == "/decisions/decision-0001"
    assert links["linux/arm64 ✕ Denied"] == "/decisions/decision-0002"


def test_approving_asks_the_gate_again_and_says_what_became_of_it(waiting: ConsoleUnderTest) -> None:
    ann, ben = Browser(waiting), Browser(waiting)
    ann.sign_in("ann")
    ben.sign_in("ben")
    token = form_token_in(ann.get("/environments"))
    assert ann.post("/promotions/waits/approve", {"form_token": token}).status_code == 403
    token = form_token_in(ben.get("/environments"))
    answer = ben.post("/promotions/waits/approve", {"form_token": token})
    assert answer.status_code == 303
    shown = page(ben, answer.headers["location"].partition("#")[0])
    row = shown.one("section", id="promotions").all("tr")[1].text
    said = shown.one("div", role="status").text
    with waiting.records.read() as kept:
        promotion = kept.governance.promotion("waits")
        pointer = kept.governance.pointer("prod", "shop/checkout")
    assert promotion is not None
    assert promotion.state in {PromotionState.DONE, PromotionState.DENIED}
    done = promotion.state is PromotionState.DONE
    assert ("the environment has the image" in said) is done
    assert ("✓ Done" in row) is done
    assert (pointer is not None) is done
    assert "approved by ben" in row or not done
    again = ben.post("/promotions/waits/approve", {"form_token": token})
    assert again.status_code == 409


def test_rejecting_moves_nothing(waiting: ConsoleUnderTest) -> None:
    ben = Browser(waiting)
    ben.sign_in("ben")
    token = form_token_in(ben.get("/environments"))
    assert ben.post("/promotions/waits/reject", {"form_token": token}).status_code == 303
    with waiting.records.read() as kept:
        promotion = kept.governance.promotion("waits")
        assert kept.governance.pointer("prod", "shop/checkout") is None
    assert promotion is not None
    assert replace(promotion).state is PromotionState.REJECTED


def test_an_empty_installation_says_how_to_promote() -> None:
    console = build_console()
    console.add_person("ann", admin=True)
    browser = Browser(console)
    browser.sign_in("ann")
    assert "lading promote registry.example:7780/team/app:1.0 --to dev" in page(browser).text
