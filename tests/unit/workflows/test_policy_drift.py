"""Which gate asks which policy."""

from datetime import timedelta

import pytest

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import ANONYMOUS
from lading.foundation.errors import Forbidden, Malformed, NotFound, Unauthenticated
from lading.policy.evidence import Gate
from lading.policy.gate_drift import GateStanding
from lading.registry.caller import BoundRights, Caller
from lading.workflows.gate import Asker, decide
from lading.workflows.hygiene import Weakness, hygiene
from lading.workflows.policy_drift import GateReport, forget_gate, gates_beside_policy, report_gate
from lading.workflows.policy_in_force import activate_policy
from tests.support.governed import GovernedRegistry, ask, person
from tests.support.policies import one_rule_text
from tests.support.registry import NOON, ROOT

ANN = person("ann", ("maintainer", "shop/**"))
SYSTEM = Asker("person:ann", "request-1")

NOBODY = Caller(ANONYMOUS, BoundRights(NO_BINDINGS))
MINE = one_rule_text("violated_if: image.layers < 2\nmessage: too few layers")


def standings(governed: GovernedRegistry, minutes: float) -> dict[str, GateStanding]:
    found = gates_beside_policy(governed.ports, ANN, NOON + timedelta(minutes=minutes))
    return {f"{one.sighting.gate} {one.sighting.name}": one.standing for one in found.gates}


def test_a_gate_that_asks_an_older_policy_is_late_and_then_has_drifted() -> None:
    governed = GovernedRegistry()
    governed.good_image()
    decide(governed.ports, SYSTEM, ask("shop/app:1.0"), NOON)
    (own,) = standings(governed, 0)
    assert own.startswith("promote registry.example")
    shipped = gates_beside_policy(governed.ports, ANN, NOON).standing.policy.digest
    report_gate(governed.ports, ANN, GateReport(Gate.ENGINE, "host-7", str(shipped), "0.1"), NOON)
    assert set(standings(governed, 1).values()) == {GateStanding.CURRENT}
    activate_policy(governed.registry.records, governed.ports.policy, ROOT, MINE, NOON)
    assert set(standings(governed, 1).values()) == {GateStanding.LATE}
    decide(governed.ports, SYSTEM, ask("shop/app:1.0"), NOON + timedelta(minutes=2))
    assert standings(governed, 30) == {
        own: GateStanding.CURRENT,
        "engine person:ann host-7": GateStanding.DRIFTED,
    }
    weak = hygiene(governed.ports, ANN, NOON + timedelta(minutes=30))
    assert [one.subject for one in weak if one.weakness is Weakness.DRIFTED_GATE] == [
        "engine gate person:ann host-7"
    ]
    assert set(standings(governed, 60 * 30).values()) == {GateStanding.SILENT}


def test_a_gate_speaks_under_the_name_of_who_signed_in() -> None:
    governed = GovernedRegistry()
    digest = "sha256:" + "a" * 64
    with pytest.raises(Unauthenticated):
        report_gate(governed.ports, NOBODY, GateReport(Gate.CI, "x", digest), NOON)
    for name, policy in (("", digest), ("x" * 200, digest), ("x", "latest")):
        with pytest.raises(Malformed):
            report_gate(governed.ports, ANN, GateReport(Gate.CI, name, policy), NOON)
    report_gate(governed.ports, ANN, GateReport(Gate.CI, "a\x1b[31m", digest), NOON)
    assert list(standings(governed, 0)) == ["ci person:ann a\ufffd[31m"]


def test_only_who_edits_policies_forgets_a_gate() -> None:
    governed = GovernedRegistry()
    report_gate(governed.ports, ANN, GateReport(Gate.CI, "x", "sha256:" + "a" * 64), NOON)
    with pytest.raises(Forbidden):
        forget_gate(governed.ports, ANN, "ci", "person:ann x", NOON)
    with pytest.raises(NotFound):
        forget_gate(governed.ports, ROOT, "ci", "y", NOON)
    forget_gate(governed.ports, ROOT, "ci", "person:ann x", NOON)
    assert standings(governed, 0) == {}
