"""A policy asked again about what was decided before."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lading.access.repository_pattern import RepositoryPattern
from lading.foundation.errors import Malformed
from lading.policy.decision import Outcome, Verdict
from lading.policy.evaluation import Case, evaluate
from lading.policy.evidence import Evidence, Undetermined
from lading.policy.evidence_facts import decode, encode, read, write
from lading.policy.example import EXAMPLE, EXAMPLE_NOW, example_with
from lading.policy.replay import MAX_EXAMPLES, Candidate, Recorded, ReplayTally, replay
from lading.policy.rule import Policy
from lading.policy.waiver import Waiver, WaiverScope
from tests.support.policies import one_rule, shipped_policy

NO_ROOT = one_rule("violated_if: image.root\nmessage: root\nfix: do not")


Made = tuple[Evidence, Recorded]


def recorded(name: str, was: Outcome, evidence: Evidence, days: float = 0) -> Made:
    return evidence, Recorded(name, "shop/app:1", was, EXAMPLE_NOW - timedelta(days=days))


def replayed(policy: Policy, made: list[Made], waivers: tuple[Waiver, ...] = ()) -> ReplayTally:
    tally = ReplayTally()
    for evidence, one in made:
        tally.merge(replay(Candidate(policy, waivers), write(evidence), [one]))
    return tally


def test_what_would_be_denied_is_counted_by_team_and_rule() -> None:
    root = example_with({"image.root": True})
    other = example_with({"image.root": True, "owner.team": "", "image.digest": "sha256:" + "c" * 64})
    tally = replayed(
        NO_ROOT,
        [
            recorded("d1", Outcome.ALLOW, root),
            recorded("d2", Outcome.WARN, root),
            recorded("d3", Outcome.ALLOW, other),
            recorded("d4", Outcome.DENY, root),
            recorded("d5", Outcome.DENY, EXAMPLE),
            recorded("d6", Outcome.ALLOW, EXAMPLE),
        ],
    )
    assert (tally.asked, tally.denied_before, tally.newly_denied, tally.newly_allowed) == (6, 2, 3, 1)
    assert dict(tally.by_team) == {"shop": 2, "(nobody)": 1}
    assert dict(tally.by_rule) == {"r": 3}
    assert len(tally.images) == 2
    assert tally.examples[0].rules == ("r",)


def test_ages_are_judged_as_they_were_at_the_moment_of_the_decision() -> None:
    aged = one_rule('violated_if: now - image.created > duration("48h")\nmessage: old\nfix: rebuild')
    evidence = example_with({"image.created": "2026-01-20T00:00:00Z"})
    then, later = recorded("a", Outcome.ALLOW, evidence, days=11), recorded("b", Outcome.ALLOW, evidence)
    assert replayed(aged, [then]).newly_denied == 0
    assert replayed(aged, [later]).newly_denied == 1


@given(st.sampled_from([t.evidence for rule in shipped_policy().rules for t in rule.tests]))
def test_evidence_that_was_kept_is_judged_as_the_evidence_that_was_seen(evidence: Evidence) -> None:
    kept = decode(encode(evidence))
    assert encode(kept) == encode(evidence)
    policy = shipped_policy()
    assert evaluate(policy, kept, now=EXAMPLE_NOW) == evaluate(policy, evidence, now=EXAMPLE_NOW)


def test_evidence_of_an_older_version_is_read_with_what_it_did_not_know_left_open() -> None:
    plain = encode(EXAMPLE).replace(b'"about":["image"],', b"").replace(b'"source":"', b'"older":"')
    assert decode(plain).image == EXAMPLE.image
    assert decode(plain).about == EXAMPLE.about


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"image": 1}', b"\xff", b'{"undetermined": []}'])
def test_what_is_no_evidence_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed):
        decode(content)


def test_replaying_the_policy_that_decided_changes_nothing() -> None:
    policy = shipped_policy()
    evidences = [replace(EXAMPLE, environment=name) for name in ("dev", "test", "prod")]
    evidences.append(example_with({"image.root": True}))
    made = [recorded("x", evaluate(policy, one, now=EXAMPLE_NOW).outcome, one) for one in evidences]
    tally = replayed(policy, made)
    assert (tally.newly_denied, tally.newly_allowed, tally.newly_warned) == (0, 0, 0)


TIMES = st.integers(min_value=-40, max_value=40).map(lambda days: EXAMPLE_NOW + timedelta(days=days))
EXAMPLES = [test.evidence for rule in shipped_policy().rules for test in rule.tests]


def waivers_of(rule: str, ends: int) -> tuple[Waiver, ...]:
    scope = WaiverScope(RepositoryPattern.parse("**"), (rule,))
    asked, end = EXAMPLE_NOW - timedelta(days=10), EXAMPLE_NOW + timedelta(days=ends)
    return (Waiver("w1", scope, "r", "T-1", "person:ann", asked, end, "person:bo", asked),)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(EXAMPLES),
    st.lists(TIMES, min_size=1, max_size=4),
    st.sampled_from([rule.id for rule in shipped_policy().rules]),
    st.integers(min_value=-20, max_value=30),
)
def test_asked_again_and_again_without_words_the_effects_are_those_of_a_fresh_decision(
    evidence: Evidence, moments: list[datetime], rule: str, ends: int
) -> None:
    policy, waivers = shipped_policy(), waivers_of(rule, ends)
    case = Case(policy, write(evidence), waivers)
    for now in moments:
        fresh = evaluate(policy, evidence, waivers, now=now)
        objecting = {
            result.rule: result.effect
            for result in fresh.results
            if result.verdict in {Verdict.FAIL, Verdict.UNDETERMINED}
        }
        assert case.effects(now) == objecting
        assert case.decide(now) == fresh


def test_kept_evidence_has_the_forms_of_the_evidence_that_was_seen() -> None:
    for evidence in EXAMPLES:
        # What a part of the evidence says of itself that it could not tell is kept by the fact's path.
        told = tuple(Undetermined(path, reason) for path, reason in evidence.unanswered().items())
        assert read(encode(evidence)) == write(replace(evidence, undetermined=told))


def test_of_each_team_only_so_many_examples_are_kept_when_parts_are_put_together() -> None:
    root = example_with({"image.root": True})
    parts = [replayed(NO_ROOT, [recorded(f"d{at}", Outcome.ALLOW, root)]) for at in range(MAX_EXAMPLES + 5)]
    whole = ReplayTally()
    for part in parts:
        whole.merge(part)
    assert whole.newly_denied == MAX_EXAMPLES + 5
    assert [example.id for example in whole.examples] == [f"d{at}" for at in range(MAX_EXAMPLES)]
