"""What nobody answers for."""

import pytest

from lading.access.principal import Principal, PrincipalKind
from lading.foundation.errors import Forbidden
from lading.ports.records.people import Ownership
from lading.registry.caller import BoundRights, Caller
from lading.workflows.rights import load_bindings
from lading.workflows.unowned import list_unowned
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
