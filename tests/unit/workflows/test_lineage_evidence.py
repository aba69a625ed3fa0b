"""What gates and people are told of an image's base, and of the campaigns that it is in."""

from datetime import date, timedelta

import pytest

from lading.campaigns.campaign import Deadlines
from lading.foundation.errors import NotFound
from lading.lineage.catalogue import BaseState, CatalogueEntry
from lading.lineage.ownership import LayerKind
from lading.lineage.placement import Declared
from lading.oci.digest import Digest
from lading.policy.evidence import BaseFacts, Proof
from lading.workflows.base_catalogue import remove_entry, save_entry, show_catalogue
from lading.workflows.base_evidence import base_facts, campaign_facts
from lading.workflows.reach import reach_of_base, used_bases, users_of_base
from lading.workflows.show_lineage import show_lineage
from tests.support.fleet_lab import Fleet
from tests.support.layers import LayerBuilder
from tests.support.registry import ROOT


@pytest.fixture
def fleet() -> Fleet:
    made = Fleet()
    made.push("base", "1", [LayerBuilder().file("a", "1")])
    made.push("runtime", "1", [LayerBuilder().file("a", "1"), LayerBuilder().file("b")])
    made.now += timedelta(minutes=1)
    return made


def app(fleet: Fleet) -> Digest:
    layers = [LayerBuilder().file("a", "1"), LayerBuilder().file("b"), LayerBuilder().file("c")]
    return fleet.push("app", "1", layers)


def facts(fleet: Fleet, image: Digest, said: BaseFacts | None = None) -> BaseFacts:
    with fleet.driven.records.read() as kept:
        return base_facts(kept, "r.example", [image], said or BaseFacts(), fleet.now)


def test_the_base_is_found_by_layers_with_all_below_it(fleet: Fleet) -> None:
    found = facts(fleet, app(fleet))
    assert found.by_layers
    assert found.reference == "r.example/runtime:1"
    assert found.chain == ("r.example/base:1", "r.example/runtime:1")


def test_the_catalogue_says_how_it_stands_until_its_date(fleet: Fleet) -> None:
    image = app(fleet)
    leave = fleet.now.date() + timedelta(days=1)
    entry = CatalogueEntry(
        "runtime", state=BaseState.DEPRECATED, deprecated_on=leave, successor="runtime:2", owner="platform"
    )
    save_entry(fleet.driven.records, ROOT, entry, fleet.now)
    before = facts(fleet, image)
    assert (before.approved, before.state, before.successor) == (Proof.VERIFIED, "deprecated", "runtime:2")
    fleet.now += timedelta(days=2)
    after = facts(fleet, image)
    assert (after.approved, after.state) == (Proof.REJECTED, "forbidden")
    (shown,) = show_catalogue(fleet.driven.records, ROOT, fleet.now)
    assert shown.users == 1
    assert shown.newest_tag == "1"
    remove_entry(fleet.driven.records, ROOT, "runtime", fleet.now)
    with pytest.raises(NotFound):
        remove_entry(fleet.driven.records, ROOT, "runtime", fleet.now)


def test_an_image_that_only_claims_a_base_is_refuted(fleet: Fleet) -> None:
    with fleet.driven.records.read() as kept:
        base = kept.registry.tag("base", "1")
    assert base is not None
    labels = {"org.opencontainers.image.base.digest": str(base.digest)}
    claimed = fleet.push("liar", "1", [LayerBuilder().file("z")], Labels=labels)
    (shown,) = show_lineage(fleet.driven.records, ROOT, "liar", "1", fleet.now)
    assert shown.lineage.declared is Declared.FALSE
    found = facts(fleet, claimed, BaseFacts(digest=str(base.digest)))
    assert found.approved is Proof.REJECTED
    assert "not below" in found.reason


def test_an_image_carries_the_stage_of_its_campaign_until_it_is_gone(fleet: Fleet) -> None:
    image = app(fleet)
    fleet.push("base", "2", [LayerBuilder().file("a", "2")])
    today = fleet.now.date()
    deadlines = Deadlines(warn=today, no_promotion=today + timedelta(days=5), no_start=date(2030, 1, 1))
    fleet.open(base_repository="base", base="1", deadlines=deadlines)

    def stages() -> list[str]:
        with fleet.driven.records.read() as kept:
            return [fact.stage for fact in campaign_facts(kept, [image], fleet.now)]

    assert stages() == ["warn"]
    fleet.now += timedelta(days=6)
    assert stages() == ["no-promotion"]


def test_levels_have_owners_and_what_stands_on_a_base_is_listed(fleet: Fleet) -> None:
    image = app(fleet)
    fleet.run("h1", web=image)
    (shown,) = show_lineage(fleet.driven.records, ROOT, "app", "1", fleet.now)
    assert [level.kind for level in shown.levels] == [LayerKind.BASE, LayerKind.PLATFORM, LayerKind.APP]
    reach = reach_of_base(fleet.driven.records, ROOT, "base", "1")
    assert (reach.images, reach.containers) == (2, 1)
    assert [one.repository for one in reach.repositories] == ["app", "runtime"]
    users = users_of_base(fleet.driven.records, ROOT, "base", "1").items
    assert {user.places[0].repository for user in users} == {"app", "runtime"}
    assert [base.users for base in used_bases(fleet.driven.records, ROOT)] == [2, 1]
