"""A rebuild of what is too old is asked for, once for each image."""

from dataclasses import dataclass, field
from datetime import timedelta

from lading.audit.entry import Event
from lading.campaigns.cadence import parse_limits
from lading.campaigns.campaign import Campaign, Item
from lading.foundation.errors import LadingError, NotFound, Upstream
from lading.ports.records.audit import AuditFilter
from lading.workflows.rebuild_overdue import OVERDUE, OverduePorts, rebuild_overdue
from tests.support.fleet_lab import Fleet
from tests.support.layers import LayerBuilder
from tests.support.registry import ROOT


@dataclass
class Asked:
    """A fleet whose owners write down what they are asked, or refuse it."""

    fleet: Fleet = field(default_factory=Fleet)
    items: list[tuple[Campaign, Item]] = field(default_factory=list)
    refuses: dict[str, LadingError] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fleet.push("base", "1", [LayerBuilder().file("base", "base")])

    def __call__(self, campaign: Campaign, item: Item) -> str:
        if item.repository in self.refuses:
            raise self.refuses[item.repository]
        self.items.append((campaign, item))
        return "the pipeline was asked"

    def push(self, name: str, content: str) -> None:
        layers = [LayerBuilder().file("base", "base"), LayerBuilder().file(content, content)]
        self.fleet.push(name, "1", layers)

    def turn(self, days: float = 0, max_age: str = "30") -> int:
        self.fleet.now += timedelta(days=days, hours=1)
        limits = parse_limits({"team/**": max_age} if max_age else {})
        return rebuild_overdue(OverduePorts(self.fleet.driven.records, self, limits), self.fleet.now)

    def told(self) -> tuple[Event, ...]:
        with self.fleet.driven.records.read() as kept:
            page = kept.audit.page(wanted=AuditFilter(action=OVERDUE), limit=1000)
            return tuple(entry.event for entry in page.items)


def test_it_is_asked_once_for_each_image_and_written_down() -> None:
    asked = Asked()
    asked.push("team/app", "one")
    assert asked.turn(days=29) == 0
    assert asked.turn(days=1) == 1
    assert asked.turn() == asked.turn(days=90) == 0
    ((campaign, item),) = asked.items
    (event,) = asked.told()
    assert event.subject == f"team/app@{item.image}"
    assert event.details["text"] == "the pipeline was asked"
    assert (item.why, campaign.reason) == ("its own layers are of 2026-03-01", "team/app may be 30 days old")
    asked.push("team/app", "two")
    assert asked.turn() == 0
    assert asked.turn(days=31) == 1
    assert len({campaign.id for campaign, _ in asked.items}) == 2


def test_without_limits_and_for_unknown_ages_nothing_is_asked() -> None:
    asked = Asked()
    asked.push("team/app", "one")
    asked.fleet.driven.push_image("team/unknown", tags=("1",))
    assert asked.turn(days=100, max_age="") == 0
    assert asked.turn() == 1
    assert [item.repository for _, item in asked.items] == ["team/app"]


def test_a_pipeline_that_does_not_answer_is_asked_again_and_what_is_set_wrongly_is_told() -> None:
    asked = Asked()
    asked.push("team/app", "one")
    asked.push("team/lost", "two")
    asked.refuses = {
        "team/app": Upstream("pipeline-down", "no answer"),
        "team/lost": NotFound("source-unknown", "there is no Dockerfile"),
    }
    assert asked.turn(days=31) == 1
    assert "there is no Dockerfile" in str(asked.told()[0].details["text"])
    asked.refuses = {}
    assert asked.turn() == 1
    assert [item.repository for _, item in asked.items] == ["team/app"]


def test_a_turn_tries_a_bounded_number_and_what_keeps_failing_holds_up_nobody() -> None:
    asked = Asked()
    for number in range(30):
        asked.push(f"team/app{number:02}", f"app{number}")
    asked.refuses = {f"team/app{number:02}": Upstream("pipeline-down", "no answer") for number in range(25)}
    told = [asked.turn(days=31), *(asked.turn() for _ in range(6))]
    assert max(told) <= 20
    assert {item.repository for _, item in asked.items} == {f"team/app{number}" for number in range(25, 30)}


def test_who_writes_a_line_of_the_same_name_does_not_keep_an_image_from_being_asked_for() -> None:
    asked = Asked()
    asked.push("team/app", "one")
    with asked.fleet.driven.records.write() as kept:
        tag = kept.registry.tag("team/app", "1")
        assert tag is not None
        kept.audit.append(ROOT.did(OVERDUE, f"team/app@{tag.digest}", asked.fleet.now))
    assert asked.turn(days=31) == 1
