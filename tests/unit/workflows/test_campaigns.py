"""Campaigns from the plan until nothing old runs."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from lading.campaigns.campaign import (
    Campaign,
    CampaignState,
    Deadlines,
    Item,
    ItemState,
    Method,
    Stage,
)
from lading.foundation.errors import Malformed, NotFound
from lading.workflows.campaigns import exclude_item, pause_campaign, resume_campaign, show_campaign
from lading.workflows.step_campaigns import step_campaign
from tests.support.fleet_lab import Fleet
from tests.support.layers import LayerBuilder
from tests.support.registry import ROOT


def base(content: str) -> LayerBuilder:
    return LayerBuilder().directory("etc").file("etc/x", content)


def app(name: str) -> LayerBuilder:
    return LayerBuilder().file(f"srv/{name}", name)


@pytest.fixture
def fleet() -> Fleet:
    """Two bases, an application that can be rebased, and one that needs a build."""
    made = Fleet()
    made.push("base", "1", [base("old")])
    made.now += timedelta(minutes=1)
    made.push("base", "2", [base("new")])
    made.push("good", "1", [base("old"), app("good")])
    made.push("stubborn", "1", [base("old"), LayerBuilder().file("etc/x", "mine")])
    return made


def test_each_image_gets_the_method_that_fits_and_is_made(fleet: Fleet) -> None:
    campaign, items = fleet.open(base_repository="base", base="1", reason="it is old")
    assert {item.repository: item.method for item in items} == {
        "good": Method.REBASE,
        "stubborn": Method.REBASE,
    }
    fleet.step()
    made = fleet.items(campaign)
    assert made["good"].state is ItemState.MADE
    assert made["good"].new_tag == "1-r1"
    assert made["stubborn"].state is ItemState.ASKED
    assert made["stubborn"].method is Method.REBUILD
    assert "so did the new base" in made["stubborn"].note
    assert [item.repository for item in fleet.asked] == ["stubborn"]


def test_it_closes_itself_only_when_nothing_old_runs(fleet: Fleet) -> None:
    campaign, items = fleet.open(base_repository="base", base="1")
    old = {item.repository: item.image for item in items}
    fleet.run("h1", good=old["good"], stubborn=old["stubborn"])
    fleet.step()
    fleet.step(days=0.5)
    assert fleet.items(campaign)["good"].state is ItemState.MADE
    new = fleet.items(campaign)["good"].new_image
    assert new is not None
    fleet.run("h1", good=new, stubborn=old["stubborn"])
    fleet.step(days=0.5)
    assert fleet.items(campaign)["good"].state is ItemState.GONE
    assert fleet.campaign(campaign).state is CampaignState.OPEN
    # The owners of the other one build it again, and start it.
    rebuilt = fleet.push("stubborn", "1", [base("new"), LayerBuilder().file("etc/x", "mine")])
    fleet.step()
    assert fleet.items(campaign)["stubborn"].state is ItemState.MADE
    fleet.run("h1", good=new, stubborn=rebuilt)
    fleet.step(days=2)
    fleet.run("h1", good=new, stubborn=rebuilt)
    fleet.step()
    assert fleet.campaign(campaign).state is CampaignState.CLOSED
    shown = show_campaign(fleet.driven.records, ROOT, campaign.id)
    assert shown.progress.done == 2
    assert shown.progress.percentile(0.9) == pytest.approx(3.0, abs=0.1)
    assert shown.progress.within(30) == 1.0


def test_without_any_agent_nothing_is_called_gone(fleet: Fleet) -> None:
    campaign, _ = fleet.open(base_repository="base", base="1")
    fleet.step()
    fleet.step(days=10)
    assert fleet.items(campaign)["good"].state is ItemState.MADE
    assert fleet.campaign(campaign).state is CampaignState.OPEN


def test_what_stands_on_another_base_waits_until_that_one_is_mended() -> None:
    fleet = Fleet()
    fleet.push("base", "1", [base("old")])
    fleet.now += timedelta(minutes=1)
    fleet.push("base", "2", [base("new")])
    fleet.push("runtime", "1", [base("old"), app("runtime")])
    fleet.push("app", "1", [base("old"), app("runtime"), app("app")])
    campaign, items = fleet.open(base_repository="base", base="1")
    assert {item.repository: (item.method, item.wave) for item in items} == {
        "runtime": (Method.REBASE, 0),
        "app": (Method.WAIT, 0),
    }
    fleet.step(days=0.01)
    assert fleet.items(campaign)["runtime"].state is ItemState.MADE
    fleet.step()
    made = fleet.items(campaign)["app"]
    assert made.onto == "runtime:1-r1"
    assert made.state is ItemState.MADE


def test_canaries_that_fail_stop_it(fleet: Fleet) -> None:
    failing = replace(fleet.campaigns, ask_for_rebuild=_fail)
    fleet.campaigns = failing
    campaign, _ = fleet.open(base_repository="base", base="1")
    fleet.step()
    stopped = fleet.campaign(campaign)
    assert stopped.state is CampaignState.PAUSED
    assert "1 of 2 in the first wave failed" in stopped.paused_because
    resume_campaign(fleet.driven.records, ROOT, campaign.id, "mended", fleet.now)
    assert fleet.campaign(campaign).state is CampaignState.OPEN


def _fail(*_: object) -> str:
    raise NotFound("pipeline-unknown", "there is no pipeline")


def test_a_paused_campaign_makes_nothing(fleet: Fleet) -> None:
    campaign, _ = fleet.open(base_repository="base", base="1")
    pause_campaign(fleet.driven.records, ROOT, campaign.id, "freeze", fleet.now)
    fleet.step(days=5)
    assert {item.state for item in fleet.items(campaign).values()} == {ItemState.PLANNED}


def test_what_is_excluded_is_left_alone_until_its_date(fleet: Fleet) -> None:
    campaign, _ = fleet.open(base_repository="base", base="1")
    until = (fleet.now + timedelta(days=3)).date()
    exclude_item(
        fleet.driven.records, ROOT, campaign.id, "good", "1", reason="sold", until=until, now=fleet.now
    )
    fleet.step()
    assert fleet.items(campaign)["good"].state is ItemState.EXCLUDED
    fleet.step(days=4)
    assert fleet.items(campaign)["good"].state is ItemState.MADE
    with pytest.raises(Malformed):
        exclude_item(
            fleet.driven.records, ROOT, campaign.id, "good", "1", reason="", until=until, now=fleet.now
        )


def test_each_team_is_told_once_and_reminded_once_at_each_stage(fleet: Fleet) -> None:
    today = fleet.now.date()
    deadlines = Deadlines(warn=today + timedelta(days=5), no_promotion=today + timedelta(days=10))
    campaign, _ = fleet.open(base_repository="base", base="1", deadlines=deadlines)
    for _ in range(3):
        fleet.step(days=0.1)
    for _ in range(3):
        fleet.step(days=3)
    fleet.step(days=40)
    told = [notice.kind for notice in show_campaign(fleet.driven.records, ROOT, campaign.id).notices]
    assert told == [
        "escalated",
        "reminder-no-promotion",
        "soon-no-promotion",
        "reminder-warn",
        "soon-warn",
        "opened",
    ]


def test_a_team_that_promised_fewer_days_is_told_when_they_are_over(fleet: Fleet) -> None:
    campaign, _ = fleet.open(base_repository="base", base="1", team_days={"": 5})
    fleet.step(days=6)
    told = {one.kind: one.text for one in show_campaign(fleet.driven.records, ROOT, campaign.id).notices}
    assert set(told) == {"late", "opened"}
    assert "2 images are left (good:1, stubborn:1): the 5 days" in told["late"]


def test_two_steps_at_a_time_make_an_image_once(fleet: Fleet) -> None:
    campaign, _ = fleet.open(base_repository="base", base="1")
    with fleet.driven.records.write() as kept:
        assert kept.campaigns.take_lease(campaign.id, "other", fleet.now, fleet.now + timedelta(minutes=9))
    assert not step_campaign(fleet.campaigns, campaign.id)
    assert {item.state for item in fleet.items(campaign).values()} == {ItemState.PLANNED}
    fleet.now += timedelta(minutes=9)
    assert step_campaign(fleet.campaigns, campaign.id), "the lease of one that ended is over"
    assert fleet.items(campaign)["good"].state is ItemState.MADE


def test_what_was_made_before_a_step_broke_off_is_not_made_again(fleet: Fleet) -> None:
    campaign, _ = fleet.open(base_repository="base", base="1")
    done = fleet.rebase("good", "1", "base:2")
    fleet.step()
    made = fleet.items(campaign)["good"]
    assert (made.new_image, made.new_tag) == (done.digest, "1-r1")
    with fleet.driven.records.read() as kept:
        assert kept.registry.tag("good", "1-r2") is None


def test_a_pause_in_the_middle_of_a_step_stands_and_stops_it(fleet: Fleet) -> None:
    fleet.push("zebra", "1", [base("old"), LayerBuilder().file("etc/x", "stripes")])
    campaign, _ = fleet.open(base_repository="base", base="1", automatic=False)

    def pause_it(_campaign: Campaign, _item: Item) -> str:
        pause_campaign(fleet.driven.records, ROOT, campaign.id, "freeze", fleet.now)
        return "asked"

    fleet.campaigns = replace(fleet.campaigns, ask_for_rebuild=pause_it)
    fleet.step()
    assert fleet.campaign(campaign).state is CampaignState.PAUSED
    states = [item.state for item in fleet.items(campaign).values()]
    assert states.count(ItemState.ASKED) == 1
    assert states.count(ItemState.PLANNED) == 2


def test_what_somebody_excludes_in_the_middle_of_a_step_stays_excluded(fleet: Fleet) -> None:
    campaign, _ = fleet.open(base_repository="base", base="1", automatic=False)

    def exclude_it(_campaign: Campaign, item: Item) -> str:
        until = (fleet.now + timedelta(days=9)).date()
        exclude_item(
            fleet.driven.records,
            ROOT,
            campaign.id,
            item.repository,
            "1",
            reason="sold",
            until=until,
            now=fleet.now,
        )
        return "asked"

    fleet.campaigns = replace(fleet.campaigns, ask_for_rebuild=exclude_it)
    fleet.step()
    assert {item.state for item in fleet.items(campaign).values()} == {ItemState.EXCLUDED}


def test_a_tag_that_owners_move_to_what_still_has_the_old_base_is_not_the_new_image(fleet: Fleet) -> None:
    campaign, _ = fleet.open(base_repository="base", base="1")
    fleet.step()
    fleet.push("stubborn", "1", [base("old"), LayerBuilder().file("etc/x", "mine, again")])
    fleet.step()
    item = fleet.items(campaign)["stubborn"]
    assert item.state is ItemState.ASKED
    assert "moved the tag 1 to an image that still stands on the old base" in item.note


def test_a_canary_that_is_rolled_back_stops_it(fleet: Fleet) -> None:
    campaign, items = fleet.open(base_repository="base", base="1")
    old = {item.repository: item.image for item in items}
    fleet.run("h1", good=old["good"], stubborn=old["stubborn"])
    fleet.step()
    new = fleet.items(campaign)["good"].new_image
    assert new is not None
    fleet.run("h1", good=new, other=old["good"])
    fleet.step(days=0.1)
    assert fleet.items(campaign)["good"].state is ItemState.MADE, "a rolling update is no trouble"
    fleet.run("h1", good=old["good"], other=old["good"])
    fleet.step(days=0.1)
    assert fleet.items(campaign)["good"].state is ItemState.FAILED
    assert "1 of 2 in the first wave failed: good: rolled back" in fleet.campaign(campaign).paused_because
    fleet.run("h1", good=new)
    fleet.step(days=0.1)
    assert fleet.items(campaign)["good"].state is ItemState.GONE


def test_a_campaign_about_nothing_or_with_dates_that_go_backwards_is_refused(fleet: Fleet) -> None:
    with pytest.raises(Malformed):
        fleet.open()
    backwards = Deadlines(warn=date(2026, 5, 1), no_pull=date(2026, 4, 1))
    with pytest.raises(Malformed, match="backwards"):
        fleet.open(base_repository="base", base="1", deadlines=backwards)
    with pytest.raises(NotFound):
        fleet.open(flaw="CVE-1")


def test_the_strictest_stage_that_has_begun_holds() -> None:
    deadlines = Deadlines(date(2026, 1, 1), date(2026, 1, 2), None, date(2026, 1, 4))
    days = {day: deadlines.stage(date(2026, 1, day)) for day in (1, 2, 3, 4)}
    assert days == {1: Stage.WARN, 2: Stage.NO_PROMOTION, 3: Stage.NO_PROMOTION, 4: Stage.NO_PULL}
    assert Deadlines().stage(date(2026, 1, 1)) is Stage.FREE


def test_an_image_that_nothing_needs_is_retired_where_a_newer_one_is_there(fleet: Fleet) -> None:
    fleet.now += timedelta(minutes=1)
    fleet.push("good", "2", [base("new"), app("good")])
    _, unwatched = fleet.open(base_repository="base", base="1")
    assert {item.repository: item.method for item in unwatched}["good"] is Method.REBASE
    fleet.now += timedelta(minutes=1)
    fleet.run("h1", other=unwatched[-1].image)
    campaign, items = fleet.open(base_repository="base", base="1")
    retired = next(item for item in items if item.repository == "good")
    assert (retired.method, retired.why) == (
        Method.RETIRE,
        "nothing runs it, no environment has it, and good:2 is there",
    )
    fleet.step()
    fleet.step(days=0.1)
    assert fleet.items(campaign)["good"].state is ItemState.GONE


def test_an_older_base_is_nothing_to_move_to(fleet: Fleet) -> None:
    _, items = fleet.open(base_repository="base", base="2")
    assert not items
    fleet.push("late", "1", [base("new"), app("late")])
    fleet.now += timedelta(minutes=1)
    _, items = fleet.open(base_repository="base", base="2")
    assert {item.repository: item.method for item in items} == {"late": Method.WAIT}


def test_what_is_gone_and_started_again_is_not_gone(fleet: Fleet) -> None:
    campaign, items = fleet.open(base_repository="base", base="1")
    old = {item.repository: item.image for item in items}
    fleet.run("h1", stubborn=old["stubborn"])
    fleet.step()
    fleet.step(days=0.1)
    assert fleet.items(campaign)["good"].state is ItemState.GONE
    fleet.run("h1", stubborn=old["stubborn"], good=old["good"])
    fleet.step(days=0.1)
    back = fleet.items(campaign)["good"]
    assert (back.state, back.gone_at, back.note) == (ItemState.MADE, None, "it runs again, in 1 containers")
