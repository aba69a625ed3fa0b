"""What nobody answers for."""

import pytest

from lading.access.principal import Principal, PrincipalKind
from lading.foundation.errors import Forbidden
from lading.ports.records.people import Ownership, Team
from lading.registry.caller import BoundRights, Caller
from lading.workflows.rights import load_bindings
from lading.workflows.unowned import list_unowned
from tests.support.fleet_lab import Fleet
from tests.support.layers import LayerBuilder
from tests.support.registry import ROOT
from tests.support.sample_fleet import REGISTRY, build_fleet

OURS = frozenset({REGISTRY})


def test_owners_by_pattern_and_by_name_count_and_what_runs_follows_its_image() -> None:
    records = build_fleet().registry.records
    before = list_unowned(records, ROOT, OURS)
    assert before.repositories == ("team-x/experiment", "team-x/legacy")
    assert before.repository_count == 2 < before.all_repositories
    with records.write() as kept:
        kept.registry.set_repository_owner("team-x/legacy", "platform")
    assert list_unowned(records, ROOT, OURS).repositories == ("team-x/experiment",)
    with records.write() as kept:
        kept.people.own(Ownership("**", "platform"))
    after = list_unowned(records, ROOT, OURS)
    assert after.repository_count == 0
    strangers = {seen.container.name for seen in after.containers}
    assert strangers <= {seen.container.name for seen in before.containers}
    assert "adhoc-shell" in strangers, "it runs an image that is not known here"


def test_who_may_not_see_all_repositories_sees_none_of_it() -> None:
    records = build_fleet().registry.records
    eve = Caller(Principal(PrincipalKind.PERSON, "eve"), BoundRights(load_bindings(records)))
    with pytest.raises(Forbidden):
        list_unowned(records, eve, OURS)


def test_a_base_that_nobody_answers_for_is_listed_with_its_own_layers_and_who_stands_on_it() -> None:
    fleet = Fleet()
    lower, middle, upper = (LayerBuilder().file(name) for name in "abc")
    fleet.push("base/os", "1", [lower])
    fleet.push("base/runtime", "1", [lower, middle])
    fleet.push("shop/app", "1", [lower, middle, upper])
    records = fleet.driven.records
    with records.write() as kept:
        kept.people.save_team(Team("platform"))
        kept.people.own(Ownership("shop/*", "platform"))
    found = list_unowned(records, ROOT, OURS)
    told = {(each.repository, each.tag, each.layers, each.users) for each in found.bases}
    assert told == {("base/os", "1", 1, 2), ("base/runtime", "1", 1, 1)}
    with records.write() as kept:
        kept.people.own(Ownership("base/os", "platform"))
    after = list_unowned(records, ROOT, OURS)
    assert [each.repository for each in after.bases] == ["base/runtime"]
    assert after.all_bases == 2
