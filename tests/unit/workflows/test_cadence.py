"""Which images are older than their repository allows."""

from datetime import timedelta

import pytest

from lading.access.principal import ANONYMOUS
from lading.campaigns.cadence import Age, parse_limits
from lading.foundation.errors import Unauthenticated
from lading.registry.caller import Caller
from lading.workflows.cadence import AgedImage, list_aged
from tests.support.fleet_lab import Fleet
from tests.support.governed import person
from tests.support.layers import LayerBuilder
from tests.support.registry import ROOT

LIMITS = parse_limits({"team/**": "30"})


@pytest.fixture
def fleet() -> Fleet:
    fleet = Fleet()
    fleet.push("base", "1", [layer("base")])
    return fleet


def layer(content: str) -> LayerBuilder:
    return LayerBuilder().file(content, content)


def aged(fleet: Fleet, caller: Caller = ROOT) -> tuple[AgedImage, ...]:
    return list_aged(fleet.driven.records, caller, LIMITS, fleet.now).items


def test_one_becomes_overdue_when_its_days_have_passed_and_says_what_to_do(fleet: Fleet) -> None:
    since = fleet.now
    image = fleet.push("team/app", "1", [layer("base"), layer("app")])
    fleet.now += timedelta(days=30)
    assert aged(fleet) == ()
    fleet.now += timedelta(seconds=1)
    (found,) = aged(fleet)
    assert (found.image, found.tags, found.age) == (image, ("1",), Age.OVERDUE)
    assert (found.since, found.days, found.action) == (since, 30, "rebuild")
    fleet.push("base", "2", [layer("newer")])
    assert aged(fleet)[0].action == "rebuild on base:2"


def test_a_rebuild_ends_it_and_neither_a_layer_on_top_nor_another_base_does(fleet: Fleet) -> None:
    fleet.push("team/app", "1", [layer("base"), layer("app")])
    fleet.now += timedelta(days=31)
    fleet.push("team/app", "2", [layer("base"), layer("app"), layer("label")])
    assert [(one.tags, one.age) for one in aged(fleet)] == [(("2",), Age.OVERDUE)]
    fleet.push("base", "2", [layer("newer")])
    fleet.push("team/app", "3", [layer("newer"), layer("app")])
    assert [(one.tags, one.age) for one in aged(fleet)] == [(("3",), Age.OVERDUE)]
    fleet.push("team/app", "4", [layer("newer"), layer("app again")])
    assert aged(fleet) == ()


def test_what_runs_is_looked_at_though_its_tag_has_moved_on(fleet: Fleet) -> None:
    old = fleet.push("team/app", "1", [layer("base"), layer("old")])
    fleet.now += timedelta(days=31)
    fleet.push("team/app", "1", [layer("base"), layer("new")])
    assert aged(fleet) == ()
    fleet.run("h1", a=old, b=old)
    (found,) = aged(fleet)
    assert (found.image, found.containers, found.tags) == (old, 2, ())


def test_an_image_for_several_platforms_is_as_old_as_the_oldest(fleet: Fleet) -> None:
    old = fleet.push("team/app", "", [layer("base"), layer("amd")])
    fleet.now += timedelta(days=31)
    new = fleet.push("team/app", "", [layer("base"), layer("arm")], architecture="arm64")
    index = fleet.push_index("team/app", "1", {"amd64": old, "arm64": new})
    (found,) = aged(fleet)
    assert (found.image, set(found.manifests), found.age) == (index, {old, new}, Age.OVERDUE)


def test_what_was_not_looked_into_could_not_be_told_and_is_listed(fleet: Fleet) -> None:
    fleet.driven.push_image("team/app", tags=("1",))
    (found,) = aged(fleet)
    assert (found.age, found.since, found.onto) == (Age.UNKNOWN, None, "")


def test_who_may_not_see_a_repository_is_told_nothing_of_it_nor_of_a_base(fleet: Fleet) -> None:
    fleet.push("team/app", "1", [layer("base"), layer("app")])
    fleet.push("base", "2", [layer("newer")])
    fleet.now += timedelta(days=31)
    assert aged(fleet, person("eve", ("reader", "other/**"))) == ()
    (found,) = aged(fleet, person("ann", ("reader", "team/**")))
    assert found.onto == ""
    with pytest.raises(Unauthenticated):
        aged(fleet, Caller(ANONYMOUS, ROOT.rights))


def test_pages_are_of_repositories_and_show_each_once(fleet: Fleet) -> None:
    for number in range(5):
        fleet.push(f"team/app{number}", "1", [layer("base"), layer(f"app{number}")])
    fleet.now += timedelta(days=31)
    names, after = [], ""
    while True:
        page = list_aged(fleet.driven.records, ROOT, LIMITS, fleet.now, after=after, limit=2)
        assert len(page.items) <= 2
        names += [one.repository for one in page.items]
        if not page.next:
            break
        after = page.next
    assert names == [f"team/app{number}" for number in range(5)]
