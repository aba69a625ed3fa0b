"""Approvals as people meet them: votes, second accounts, stand-ins, break-glass, policies, hygiene."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.approvals.approval import Approval, ApprovalKind, ApprovalRules, ApprovalState
from lading.foundation.errors import Conflict, Forbidden, Malformed
from lading.policy.decision import Outcome
from lading.policy.evidence import Gate
from lading.policy.waiver import EVERY_RULE, Waiver, WaiverKind, WaiverScope, WaiverState
from lading.ports.records.people import User
from lading.registry.caller import Caller
from lading.workflows.approvals import DelegationRequest, delegate
from lading.workflows.change_policy import PolicyProposal, propose_policy, set_policy
from lading.workflows.gate import Asker, decide
from lading.workflows.hygiene import Weakness, hygiene
from lading.workflows.vote import vote
from lading.workflows.waive import WaiverRequest, ask_for_waiver
from tests.support.governed import GovernedRegistry, ask, person
from tests.support.policies import one_rule_text
from tests.support.registry import NOON, ROOT

ANN = person("ann", ("publisher", "lab/**"))
BEN = person("ben", ("approver", "lab/**"))
CEM = person("cem", ("reader", "lab/**"))
HOUR = timedelta(hours=1)


@pytest.fixture
def governed() -> GovernedRegistry:
    made = GovernedRegistry()
    made.bad_image()
    with made.registry.records.write() as kept:
        for name, behind in (("ann", ""), ("ben", ""), ("cem", ""), ("ann-admin", "ann")):
            kept.people.add_user(User(name, "x", NOON, person=behind))
    return made


def asked(governed: GovernedRegistry, kind: WaiverKind = WaiverKind.WAIVER, hours: float = 4) -> Waiver:
    rules = EVERY_RULE if kind is WaiverKind.BREAK_GLASS else ("no-root-user",)
    scope = WaiverScope(RepositoryPattern.parse("lab/**"), rules=rules, environments=("prod",))
    request = WaiverRequest(scope, "because", "SEC-1", NOON + hours * HOUR, kind)
    return ask_for_waiver(governed.ports, ANN, request, NOON)


def approval_of(governed: GovernedRegistry, kind: ApprovalKind, subject: str) -> Approval:
    with governed.registry.records.read() as kept:
        found = kept.governance.approval_of(kind, subject)
    assert found is not None
    return found


def waiver_now(governed: GovernedRegistry, waiver: Waiver) -> Waiver:
    with governed.registry.records.read() as kept:
        found = kept.governance.waiver(waiver.id)
    assert found is not None
    return found


def outcome(governed: GovernedRegistry, after: timedelta) -> Outcome:
    made = ask("registry.example/lab/bad:1.0", environment="prod", gate=Gate.CI)
    return decide(governed.ports, Asker("ci"), made, NOON + after).decision.outcome


def test_a_waiver_waits_for_as_many_as_are_asked_for(governed: GovernedRegistry) -> None:
    governed.approvals = ApprovalRules({"waiver:prod": 2})
    waiver = asked(governed)
    approval = approval_of(governed, ApprovalKind.WAIVER, waiver.id)
    vote(governed.ports, BEN, approval.id, NOON, approves=True, comment="fine")
    assert waiver_now(governed, waiver).state(NOON) is WaiverState.REQUESTED
    dan = person("dan", ("approver", "lab/**"))
    assert vote(governed.ports, dan, approval.id, NOON, approves=True).state is ApprovalState.APPROVED
    assert waiver_now(governed, waiver).state(NOON) is WaiverState.ACTIVE


def test_a_second_account_of_who_asked_does_not_agree(governed: GovernedRegistry) -> None:
    waiver = asked(governed)
    approval = approval_of(governed, ApprovalKind.WAIVER, waiver.id)
    second = person("ann-admin", ("approver", "lab/**"))
    with pytest.raises(Forbidden, match="asked for this"):
        vote(governed.ports, second, approval.id, NOON, approves=True)
    assert waiver_now(governed, waiver).state(NOON) is WaiverState.REQUESTED


def test_who_stands_in_votes_with_the_rights_of_who_is_away_and_in_their_place(
    governed: GovernedRegistry,
) -> None:
    bindings = BEN.rights
    stand_in = Caller(CEM.principal, bindings)
    waiver = asked(governed)
    approval = approval_of(governed, ApprovalKind.WAIVER, waiver.id)
    with pytest.raises(Forbidden):
        vote(governed.ports, stand_in, approval.id, NOON, approves=True)
    request = DelegationRequest("cem", NOON + 24 * HOUR, "holiday")
    delegate(governed.registry.records, BEN, request, "d1", NOON)
    done = vote(governed.ports, stand_in, approval.id, NOON, approves=True)
    assert [(one.by, one.on_behalf_of) for one in done.votes] == [("person:cem", "person:ben")]
    assert done.state is ApprovalState.APPROVED


def test_a_refused_waiver_never_counts(governed: GovernedRegistry) -> None:
    waiver = asked(governed)
    approval = approval_of(governed, ApprovalKind.WAIVER, waiver.id)
    assert vote(governed.ports, BEN, approval.id, NOON, approves=False).state is ApprovalState.REJECTED
    assert waiver_now(governed, waiver).state(NOON) is WaiverState.REVOKED


def test_who_approves_sees_what_would_pass(governed: GovernedRegistry) -> None:
    assert outcome(governed, timedelta()) is Outcome.DENY
    alone = approval_of(governed, ApprovalKind.WAIVER, asked(governed).id).evidence["blast_radius"]
    everything = asked(governed, WaiverKind.BREAK_GLASS)
    wide = approval_of(governed, ApprovalKind.BREAK_GLASS, everything.id).evidence["blast_radius"]
    assert isinstance(alone, dict)
    assert isinstance(wide, dict)
    assert (alone["denied"], alone["would_pass"]) == (1, 0)
    assert (wide["denied"], wide["would_pass"], wide["environments"]) == (1, 1, ["prod"])


def test_break_glass_lets_everything_pass_for_hours_ends_by_itself_and_is_reviewed(
    governed: GovernedRegistry,
) -> None:
    glass = asked(governed, WaiverKind.BREAK_GLASS)
    approval = approval_of(governed, ApprovalKind.BREAK_GLASS, glass.id)
    assert outcome(governed, timedelta()) is Outcome.DENY
    vote(governed.ports, BEN, approval.id, NOON, approves=True, comment="outage")
    assert outcome(governed, HOUR) is not Outcome.DENY
    assert outcome(governed, 5 * HOUR) is Outcome.DENY
    review = approval_of(governed, ApprovalKind.REVIEW, glass.id)
    found = hygiene(governed.ports, CEM, NOON + 5 * HOUR)
    assert Weakness.OPEN_REVIEW in {one.weakness for one in found}
    with pytest.raises(Malformed, match="in words"):
        vote(governed.ports, BEN, review.id, NOON + 5 * HOUR, approves=True)
    done = vote(governed.ports, BEN, review.id, NOON + 5 * HOUR, approves=True, comment="it was right")
    assert done.state is ApprovalState.APPROVED


@pytest.mark.parametrize("hours", [9, 24 * 14])
def test_break_glass_does_not_last(governed: GovernedRegistry, hours: float) -> None:
    with pytest.raises(Malformed, match="at most 8 hours"):
        asked(governed, WaiverKind.BREAK_GLASS, hours)


def test_a_waiver_of_everything_is_refused_unless_it_is_a_break_glass(governed: GovernedRegistry) -> None:
    scope = WaiverScope(RepositoryPattern.parse("lab/**"), rules=EVERY_RULE)
    with pytest.raises(Malformed):
        ask_for_waiver(governed.ports, ANN, WaiverRequest(scope, "r", "T-1", NOON + HOUR), NOON)


def test_the_same_is_excused_a_few_times_in_a_row_and_no_more(governed: GovernedRegistry) -> None:
    waiver = asked(governed)
    request = WaiverRequest(waiver.scope, "still", "T-1", NOON + HOUR)
    for number in range(1, 4):
        waiver = ask_for_waiver(governed.ports, ANN, replace(request, renews=waiver.id), NOON)
        assert waiver.renewals == number
    with pytest.raises(Malformed, match="in a row already"):
        ask_for_waiver(governed.ports, ANN, replace(request, renews=waiver.id), NOON)


POLICY = one_rule_text("violated_if: image.root\nmessage: root\nfix: do not")


def test_a_policy_is_put_in_force_by_two_people_who_see_its_effect(governed: GovernedRegistry) -> None:
    governed.approvals = ApprovalRules({"policy": 1})
    with pytest.raises(Conflict, match="somebody else"):
        set_policy(governed.ports, ROOT, POLICY, NOON)
    outcome(governed, timedelta())
    admin = replace(ROOT, principal=replace(ROOT.principal, name="ann"))
    made = propose_policy(governed.ports, admin, PolicyProposal(POLICY, "less"), NOON)
    effect = made.evidence["effect"]
    assert isinstance(effect, dict)
    assert (effect["asked"], effect["denied_before"]) == (1, 1)
    with pytest.raises(Forbidden):
        vote(governed.ports, admin, made.id, NOON, approves=True)
    other = replace(admin, principal=replace(admin.principal, name="ben"))
    assert vote(governed.ports, other, made.id, NOON, approves=True).state is ApprovalState.APPROVED
    with governed.registry.records.read() as kept:
        active = kept.governance.active_policy()
    assert active is not None
    assert str(active.digest) == made.subject


def test_hygiene_names_waivers_that_nobody_uses_that_are_wide_and_that_end_soon(
    governed: GovernedRegistry,
) -> None:
    scope = WaiverScope(RepositoryPattern.parse("**"), rules=("sbom-present",))
    request = WaiverRequest(scope, "r", "T-1", NOON + timedelta(days=60))
    waiver = ask_for_waiver(governed.ports, ANN, request, NOON)
    approval = approval_of(governed, ApprovalKind.WAIVER, waiver.id)
    vote(governed.ports, ROOT, approval.id, NOON, approves=True)

    def found(days: float) -> set[Weakness]:
        findings = hygiene(governed.ports, CEM, NOON + timedelta(days=days))
        return {one.weakness for one in findings if one.subject == waiver.id}

    assert found(1) == {Weakness.WIDE_WAIVER}
    assert found(40) == {Weakness.WIDE_WAIVER, Weakness.UNUSED_WAIVER}
    assert Weakness.ENDING_WAIVER in found(53)
