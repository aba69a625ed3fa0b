"""Policies, waivers, decisions, promotions and verifications, over every adapter."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.adapters.sql.engine import SqlRecords
from lading.approvals.approval import Approval, ApprovalKind, Delegation, Vote, cast
from lading.foundation.errors import Conflict
from lading.oci.digest import Digest
from lading.policy.decision import Outcome
from lading.policy.evaluation import evaluate
from lading.policy.evidence_facts import encode
from lading.policy.example import EXAMPLE, EXAMPLE_NOW, example_with
from lading.policy.waiver import Waiver, WaiverScope
from lading.ports.records.governance import (
    DecisionOutline,
    GateSighting,
    Pointer,
    PolicyDocument,
    StoredDecision,
    StoredVerification,
)
from lading.promotion.environments import DEFAULT_ENVIRONMENTS, Environment
from lading.promotion.platforms import PlatformOutcome
from lading.promotion.promotion import Promotion, PromotionKind, PromotionState
from tests.support.policies import shipped_policy

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE, TWO, THREE = Digest.of(b"1"), Digest.of(b"2"), Digest.of(b"3")


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def document(text: str, minutes: int) -> PolicyDocument:
    return PolicyDocument(Digest.of(text.encode()), text, at(minutes), "person:ann", active=True)


def test_the_policy_that_was_activated_last_is_in_force(records: SqlRecords) -> None:
    one, two = document("one", 0), document("two", 1)
    with records.write() as kept:
        assert kept.governance.active_policy() is None
        one = replace(one, number=kept.governance.activate_policy(one))
        two = replace(two, number=kept.governance.activate_policy(two))
    again = replace(one, set_at=at(2), set_by="person:ben")
    with records.write() as kept:
        assert kept.governance.active_policy() == two
        again = replace(again, number=kept.governance.activate_policy(again))
    with records.read() as kept:
        assert kept.governance.active_policy() == again
        assert kept.governance.policy(two.digest) == replace(two, active=False)
        assert kept.governance.policy(THREE) is None
        first = kept.governance.policies(limit=2)
        assert first.items == (again, replace(two, active=False))
        assert kept.governance.policies(after=first.next).items == (replace(one, active=False),)


def waiver(
    name: str, *, ends: float = 60, approved: float | None = 0, revoked: float | None = None
) -> Waiver:
    return Waiver(
        id=name,
        scope=WaiverScope(
            RepositoryPattern.parse("shop/**"),
            rules=("signed", "sbom-present"),
            vulnerabilities=("CVE-2014-6271",),
            digest=ONE,
            environments=("prod",),
        ),
        reason="vendor\x00fix \\ next week",
        ticket="SEC-1",
        requester="person:ann",
        requested_at=at(-5),
        expires=at(ends),
        approver="person:ben" if approved is not None else "",
        approved_at=None if approved is None else at(approved),
        revoked_by="person:ben" if revoked is not None else "",
        revoked_at=None if revoked is None else at(revoked),
    )


def waiver_asked(name: str) -> Waiver:
    return waiver(name, approved=None)


def test_a_waiver_comes_back_as_it_was_and_changes_as_a_whole(records: SqlRecords) -> None:
    asked = waiver("w1", approved=None)
    with records.write() as kept:
        kept.governance.add_waiver(asked)
    with records.write() as kept:
        assert kept.governance.waiver("w1") == asked
        kept.governance.change_waiver(asked, waiver("w1"))
    with records.read() as kept:
        assert kept.governance.waiver("w1") == waiver("w1")
        assert kept.governance.waiver("w2") is None


@pytest.mark.parametrize("before", [waiver_asked("w1"), waiver_asked("w2")])
def test_a_waiver_is_changed_only_as_it_was_seen(records: SqlRecords, before: Waiver) -> None:
    revoked = waiver("w1", revoked=1)
    with records.write() as kept:
        kept.governance.add_waiver(revoked)
    with pytest.raises(Conflict) as refused, records.write() as kept:
        kept.governance.change_waiver(before, waiver("w1"))
    assert refused.value.code == "waiver-changed"
    with records.read() as kept:
        assert kept.governance.waiver("w1") == revoked


def test_one_id_names_one_waiver(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.governance.add_waiver(waiver("w1"))
    with pytest.raises(Conflict, match="w1"), records.write() as kept:
        kept.governance.add_waiver(waiver("w1"))


def test_only_waivers_that_can_count_are_in_force(records: SqlRecords) -> None:
    counted = [waiver("b"), waiver("a", revoked=1), waiver("c", ends=0.001)]
    others = [
        waiver("d", approved=None),
        waiver("e", approved=1),
        waiver("f", revoked=0),
        waiver("g", ends=0),
    ]
    with records.write() as kept:
        for one in (*counted, *others):
            kept.governance.add_waiver(one)
    with records.read() as kept:
        assert [one.id for one in kept.governance.waivers_in_force(now=NOW)] == ["a", "b", "c"]
        page = kept.governance.waivers(limit=5)
        assert [one.id for one in page.items] == ["g", "f", "e", "d", "c"]
        assert [one.id for one in kept.governance.waivers(after=page.next).items] == ["a", "b"]


def stored(name: str, given: Mapping[str, object] | None = None, *, minutes: float = 0) -> StoredDecision:
    now = EXAMPLE_NOW + timedelta(minutes=minutes)
    decision = evaluate(shipped_policy(), example_with(given or {}), now=now)
    return StoredDecision(name, decision, "registry.example/shop/app:1", "person:ann", THREE)


def test_a_decision_comes_back_as_it_was(records: SqlRecords) -> None:
    denied = stored("d1", {"image.root": True, "image.user": "\x00", "findings": [{}]})
    with records.write() as kept:
        kept.governance.save_decision(denied)
    with records.read() as kept:
        assert kept.governance.decision("d1") == denied
        assert kept.governance.decision("d2") is None


def test_one_id_names_one_decision(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.governance.save_decision(stored("d1"))
    with pytest.raises(Conflict), records.write() as kept:
        kept.governance.save_decision(stored("d1"))


def test_the_newest_decision_on_the_same_grounds_is_found(records: SqlRecords) -> None:
    first, second, other = stored("d1"), stored("d2", minutes=1), stored("d3", {"environment": "test"})
    with records.write() as kept:
        for one in (first, second, other):
            kept.governance.save_decision(one)
    grounds = {
        "policy": Digest.parse(first.decision.policy_digest),
        "evidence": Digest.parse(first.decision.evidence_digest),
    }
    image = Digest.parse(EXAMPLE.image.digest)
    with records.read() as kept:
        assert kept.governance.decision_on(**grounds, waivers=THREE) == second
        assert kept.governance.decision_on(**grounds, waivers=TWO) is None
        assert kept.governance.latest_decision(image) == other
        assert kept.governance.latest_decision(image, environment="prod", gate="admission") == second
        assert kept.governance.latest_decision(image, gate="push") is None


def test_a_later_allow_for_dev_does_not_hide_a_deny_for_production(records: SqlRecords) -> None:
    image = Digest.parse(EXAMPLE.image.digest)
    with records.write() as kept:
        kept.governance.save_decision(stored("d1", {"image.root": True, "environment": "prod"}))
        kept.governance.save_decision(stored("d2", {"environment": "dev"}, minutes=1))
    with records.read() as kept:
        standing = kept.governance.standing_decision(image)
        assert standing is not None
        assert standing.id == "d1"
        assert kept.governance.standing_decision(ONE) is None
    with records.write() as kept:
        kept.governance.save_decision(stored("d3", {"environment": "prod"}, minutes=2))
    with records.read() as kept:
        standing = kept.governance.standing_decision(image)
        assert standing is not None
        assert standing.id == "d3"


def test_decisions_are_listed_newest_first(records: SqlRecords) -> None:
    with records.write() as kept:
        for number in range(5):
            kept.governance.save_decision(stored(f"d{number}", {"image.root": number % 2 == 0}))
        kept.governance.save_decision(stored("x", {"image.digest": "", "image.presence": "missing"}))
    with records.read() as kept:
        page = kept.governance.decisions(limit=3)
        assert [one.id for one in page.items] == ["x", "d4", "d3"]
        assert [one.id for one in kept.governance.decisions(after=page.next).items] == ["d2", "d1", "d0"]
        denied = kept.governance.decisions(outcome="deny", image=Digest.parse(EXAMPLE.image.digest)).items
        assert [one.id for one in denied] == ["d4", "d2", "d0"]


def test_evidence_is_kept_by_its_digest(records: SqlRecords) -> None:
    content = encode(EXAMPLE)
    digest = Digest.of(content)
    with records.write() as kept:
        kept.governance.save_evidence(digest, content)
        kept.governance.save_evidence(digest, content)
    with records.read() as kept:
        found = kept.governance.evidence(digest)
        assert found == content
        assert json.loads(found)["image"]["repository"] == "shop/app"
        assert kept.governance.evidence(ONE) is None


def test_evidence_of_many_decisions_is_read_at_once(records: SqlRecords) -> None:
    contents = {Digest.of(text): text for text in (b"{}", b"[]", b"null")}
    with records.write() as kept:
        for digest, content in contents.items():
            kept.governance.save_evidence(digest, content)
    with records.read() as kept:
        assert kept.governance.evidence_of([*contents, ONE]) == contents
        assert kept.governance.evidence_of([]) == {}


def test_decisions_are_outlined_newest_first(records: SqlRecords) -> None:
    with records.write() as kept:
        for name in ("d1", "d2", "d3"):
            kept.governance.save_decision(stored(name))
    with records.read() as kept:
        first = kept.governance.decision_outlines(limit=2)
        rest = kept.governance.decision_outlines(after=first.next, limit=2)
    assert [one.id for one in (*first.items, *rest.items)] == ["d3", "d2", "d1"]
    one = stored("d3")
    said = one.decision
    assert first.items[0] == DecisionOutline(
        "d3", one.reference, said.outcome, said.at, Digest.parse(said.evidence_digest)
    )


def test_environments_are_set_as_a_whole(records: SqlRecords) -> None:
    with records.write() as kept:
        assert kept.governance.environments() == ()
        kept.governance.set_environments(DEFAULT_ENVIRONMENTS.all)
    with records.write() as kept:
        assert kept.governance.environments() == DEFAULT_ENVIRONMENTS.all
        kept.governance.set_environments(
            [
                Environment("z", needs_approval=True),
                Environment("a", ("z",), platforms=("linux/amd64", "linux/arm64")),
            ]
        )
    with records.read() as kept:
        assert [(e.name, e.after, e.needs_approval) for e in kept.governance.environments()] == [
            ("z", (), True),
            ("a", ("z",), False),
        ]
        assert [e.platforms for e in kept.governance.environments()] == [(), ("linux/amd64", "linux/arm64")]


def test_a_promotion_keeps_what_was_said_of_each_platform(records: SqlRecords) -> None:
    said = PlatformOutcome("linux/arm64", Outcome.DENY, "d1")
    made = replace(promotion("p1", ONE, state=PromotionState.DENIED), platforms=(said,))
    with records.write() as kept:
        kept.governance.save_promotion(made)
        assert kept.governance.promotion("p1") == made


def promotion(
    name: str,
    digest: Digest,
    previous: Digest | None = None,
    *,
    state: PromotionState = PromotionState.DONE,
    target: str = "test",
) -> Promotion:
    return Promotion(
        id=name,
        kind=PromotionKind.PROMOTION,
        repository="shop/app",
        digest=digest,
        source="dev",
        target=target,
        state=state,
        reason="release",
        ticket="REL-1",
        requester="person:ann",
        requested_at=NOW,
        decision="d1",
        previous=previous,
        concluded_at=at(1),
    )


def test_a_promotion_that_is_done_moves_the_pointer(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.governance.save_promotion(promotion("p1", ONE))
        kept.governance.save_promotion(promotion("p2", TWO, ONE))
        kept.governance.save_promotion(promotion("p3", ONE, target="prod"))
    with records.read() as kept:
        assert kept.governance.pointer("test", "shop/app") == Pointer(
            "test", "shop/app", TWO, at(1), "person:ann"
        )
        assert kept.governance.pointer("dev", "shop/app") is None
        assert [p.environment for p in kept.governance.pointers(repository="shop/app").items] == [
            "prod",
            "test",
        ]
        assert [p.environment for p in kept.governance.environments_of(ONE)] == ["prod"]
        assert kept.governance.promotion("p2") == promotion("p2", TWO, ONE)


@pytest.mark.parametrize("state", [PromotionState.DENIED, PromotionState.WAITING, PromotionState.REJECTED])
def test_others_leave_it_where_it_is(records: SqlRecords, state: PromotionState) -> None:
    with records.write() as kept:
        kept.governance.save_promotion(promotion("p1", ONE, state=state))
    with records.read() as kept:
        assert kept.governance.pointer("test", "shop/app") is None


def test_what_waited_is_concluded_under_its_id(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.governance.save_promotion(promotion("p1", ONE, state=PromotionState.WAITING))
    with records.write() as kept:
        kept.governance.save_promotion(promotion("p1", ONE))
    with records.read() as kept:
        assert kept.governance.promotions().items == (promotion("p1", ONE),)
        assert kept.governance.pointer("test", "shop/app") is not None


@pytest.mark.parametrize("previous", [None, THREE])
def test_of_two_promotions_at_once_one_is_told(records: SqlRecords, previous: Digest | None) -> None:
    with records.write() as kept:
        kept.governance.save_promotion(promotion("p1", ONE))
    with pytest.raises(Conflict) as refused, records.write() as kept:
        kept.governance.save_promotion(promotion("p2", TWO, previous))
    assert refused.value.code == "pointer-moved"
    with records.read() as kept:
        assert kept.governance.promotion("p2") is None


def test_what_is_concluded_stays_concluded(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.governance.save_promotion(promotion("p1", ONE, state=PromotionState.REJECTED))
    with pytest.raises(Conflict) as refused, records.write() as kept:
        kept.governance.save_promotion(promotion("p1", ONE))
    assert refused.value.code == "promotion-not-waiting"
    with records.read() as kept:
        assert kept.governance.pointer("test", "shop/app") is None


def test_promotions_are_listed_newest_first(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.governance.save_promotion(promotion("p1", ONE))
        kept.governance.save_promotion(promotion("p2", ONE, target="prod", state=PromotionState.DENIED))
        kept.governance.save_promotion(promotion("p3", TWO, ONE))
    with records.read() as kept:
        assert [p.id for p in kept.governance.promotions(repository="shop/app").items] == ["p3", "p2", "p1"]
        assert [p.id for p in kept.governance.promotions(target="test").items] == ["p3", "p1"]
        assert [p.id for p in kept.governance.promotions(state="denied").items] == ["p2"]
        assert kept.governance.promotions(repository="other").items == ()


def test_a_verification_holds_for_its_claims_until_it_is_forgotten(records: SqlRecords) -> None:
    first = StoredVerification("shop/app", ONE, TWO, THREE, {"outcome": "verified"}, NOW)
    second = replace(first, claims=TWO, outcome={"outcome": "rejected"}, at=at(1))
    elsewhere = replace(first, repository="shop/other")
    with records.write() as kept:
        for one in (first, elsewhere, second):
            kept.governance.save_verification(one)
    with records.write() as kept:
        assert kept.governance.verification("shop/app", ONE, TWO) == second
        assert kept.governance.verification("shop/other", ONE, TWO) == elsewhere
        assert kept.governance.verification("shop/app", ONE, ONE) is None
        kept.governance.forget_verifications(ONE)
    with records.read() as kept:
        assert kept.governance.verification("shop/other", ONE, TWO) is None


def an_approval(name: str = "a1", **changes: object) -> Approval:
    made = Approval(
        id=name,
        kind=ApprovalKind.PROMOTION,
        subject="p1",
        title="shop/app to prod\x00",
        requester="person:ann",
        requester_person="person:ann",
        requested_at=EXAMPLE_NOW,
        deadline=EXAMPLE_NOW + timedelta(days=7),
        quorum=2,
        ticket="OPS-1",
        evidence={"effect": {"asked": 3}, "text": "\ud800"},
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def test_approvals_come_back_with_their_votes_and_evidence(records: SqlRecords) -> None:
    first, other = an_approval(), an_approval("a2", kind=ApprovalKind.WAIVER, subject="w1")
    voted = cast(first, Vote("person:ben", "person:ben", True, EXAMPLE_NOW, "yes \x1b", "person:cem"))
    with records.write() as kept:
        kept.governance.add_approval(first)
        kept.governance.add_approval(other)
        kept.governance.change_approval(first, voted)
    with records.read() as kept:
        assert kept.governance.approval("a1") == voted
        assert kept.governance.approval_of(ApprovalKind.WAIVER, "w1") == other
        assert kept.governance.approval_of(ApprovalKind.WAIVER, "p1") is None
        assert [one.id for one in kept.governance.approvals(state="waiting").items] == ["a2", "a1"]
        assert [one.id for one in kept.governance.approvals(kind="promotion").items] == ["a1"]
    with pytest.raises(Conflict), records.write() as kept:
        kept.governance.add_approval(first)


def test_of_two_who_vote_at_once_the_second_is_told(records: SqlRecords) -> None:
    seen = an_approval()
    ben = cast(seen, Vote("person:ben", "person:ben", True, EXAMPLE_NOW))
    cem = cast(seen, Vote("person:cem", "person:cem", True, EXAMPLE_NOW))
    with records.write() as kept:
        kept.governance.add_approval(seen)
        kept.governance.change_approval(seen, ben)
    with pytest.raises(Conflict, match="meanwhile"), records.write() as kept:
        kept.governance.change_approval(seen, cem)


def test_delegations_hold_until_they_end_or_are_ended(records: SqlRecords) -> None:
    ends = EXAMPLE_NOW + timedelta(days=1)
    one = Delegation("d1", "person:ann", "person:ben", ends, "away", EXAMPLE_NOW)
    two = replace(one, id="d2")
    with records.write() as kept:
        kept.governance.add_delegation(one)
        kept.governance.add_delegation(two)
        assert kept.governance.end_delegation("d2", EXAMPLE_NOW)
        assert not kept.governance.end_delegation("d2", EXAMPLE_NOW)
    with records.read() as kept:
        assert kept.governance.delegations(now=EXAMPLE_NOW) == (one,)
        assert kept.governance.delegations(now=ends) == ()


def test_what_was_signed_of_an_activation_stays_with_it(records: SqlRecords) -> None:
    with records.write() as kept:
        first = kept.governance.activate_policy(document("one", 0))
        kept.governance.seal_policy(first, "signed")
        again = kept.governance.activate_policy(document("one", 1))
    with records.read() as kept:
        newest, older = kept.governance.policies().items
    assert (newest.number, newest.envelope, newest.active) == (again, "", True)
    assert (older.number, older.envelope, older.active) == (first, "signed", False)
    assert again > first


def test_of_each_gate_the_last_that_was_heard_is_kept(records: SqlRecords) -> None:
    one = GateSighting("engine", "host-1", "sha256:a", "0.1", at(0))
    later, other = replace(one, policy="sha256:b", seen_at=at(5)), replace(one, gate="ci")
    with records.write() as kept:
        for sighting in (one, other, later):
            kept.governance.see_gate(sighting)
    with records.read() as kept:
        assert kept.governance.gates_seen() == (other, later)
    with records.write() as kept:
        assert kept.governance.forget_gate("ci", "host-1")
        assert not kept.governance.forget_gate("ci", "host-1")
        assert kept.governance.gates_seen() == (later,)


def test_a_policy_can_be_kept_without_being_in_force(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.governance.keep_policy(ONE, "policy: x")
        kept.governance.keep_policy(ONE, "policy: x")
    with records.read() as kept:
        assert kept.governance.policy_text(ONE) == "policy: x"
        assert kept.governance.policy_text(TWO) is None
        assert kept.governance.active_policy() is None


def test_decisions_that_stand_are_one_for_each_image_and_environment(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.governance.save_decision(stored("d1", {"image.root": True, "environment": "prod"}))
        kept.governance.save_decision(stored("d2", {"environment": "prod"}, minutes=1))
        kept.governance.save_decision(stored("d3", {"image.root": True, "environment": "test"}))
    with records.read() as kept:
        assert [one.id for one in kept.governance.standing_decisions().items] == ["d3", "d2"]
        denied = kept.governance.standing_decisions(outcome="warn").items
        assert "d1" not in {one.id for one in denied}
