"""What runs under one tag in several digests, and what to go back to."""

from datetime import timedelta

import pytest

from lading.inventory.container import RunningContainer
from lading.inventory.deployments import Wholeness
from lading.oci.digest import Digest
from lading.ports.records.inventory import Host
from lading.registry.caller import Caller
from lading.workflows.partial_deployments import partial_deployments
from tests.support.fleet_lab import Fleet
from tests.support.governed import person
from tests.support.layers import LayerBuilder
from tests.support.registry import ROOT

OURS = frozenset(("registry.example",))


def run(fleet: Fleet, *containers: tuple[str, Digest]) -> None:
    running = [
        RunningContainer(
            "h1", "docker", f"id{at}", f"c{at}", f"registry.example/{name}", "",
            (f"registry.example/{name.partition(':')[0]}@{digest}",), "", {}, False, "",
        )
        for at, (name, digest) in enumerate(containers)
    ]  # fmt: skip
    with fleet.driven.records.write() as kept:
        kept.inventory.report(Host("h1", "0.1", fleet.now), running)


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


def push(fleet: Fleet, content: str) -> Digest:
    fleet.now += timedelta(minutes=1)
    return fleet.push("team/app", "1", [LayerBuilder().file("x", content)])


def test_a_moved_tag_that_runs_in_two_digests_is_told_with_what_to_go_back_to(fleet: Fleet) -> None:
    old, new = push(fleet, "old"), push(fleet, "new")
    run(fleet, ("team/app:1", old), ("team/app:1", new), ("team/app:1", new))
    (found,) = partial_deployments(fleet.driven.records, ROOT, OURS)
    assert found.deployment.wholeness is Wholeness.MIXED
    assert [(digest, len(those)) for digest, those in found.deployment.running] == [(new, 2), (old, 1)]
    assert found.rollback is not None
    assert (found.rollback.digest, found.rollback.here) == (old, True)
    assert found.rollback.tested == "it runs in 1 containers"


def test_one_that_runs_only_the_old_digest_is_behind_and_a_whole_one_is_not_told(fleet: Fleet) -> None:
    old = push(fleet, "old")
    run(fleet, ("team/app:1", old))
    assert partial_deployments(fleet.driven.records, ROOT, OURS) == ()
    new = push(fleet, "new")
    (found,) = partial_deployments(fleet.driven.records, ROOT, OURS)
    assert found.deployment.wholeness is Wholeness.BEHIND
    run(fleet, ("team/app:1", new))
    assert partial_deployments(fleet.driven.records, ROOT, OURS) == ()


def test_what_never_ran_nor_passed_a_gate_is_not_called_tested(fleet: Fleet) -> None:
    older = push(fleet, "older")
    middle, new = push(fleet, "middle"), push(fleet, "new")
    run(fleet, ("team/app:1", older), ("team/app:1", new))
    (found,) = partial_deployments(fleet.driven.records, ROOT, OURS)
    assert found.rollback is not None
    assert (found.rollback.digest, found.rollback.tested) == (middle, "")


def test_who_may_not_see_the_repository_is_told_nothing(fleet: Fleet) -> None:
    old, _ = push(fleet, "old"), push(fleet, "new")
    run(fleet, ("team/app:1", old))
    stranger: Caller = person("eve", ("reader", "other/**"))
    assert partial_deployments(fleet.driven.records, stranger, OURS) == ()


def test_what_was_started_by_digest_or_from_elsewhere_has_no_tag_to_be_behind(fleet: Fleet) -> None:
    old, _ = push(fleet, "old"), push(fleet, "new")
    run(fleet, (f"team/app@{old}", old))
    assert partial_deployments(fleet.driven.records, ROOT, OURS) == ()
    run(fleet, ("team/app:1", old))
    assert partial_deployments(fleet.driven.records, ROOT, frozenset(("other.example",))) == ()
