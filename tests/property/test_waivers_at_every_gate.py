"""For any waivers and any moment, every gate says the same, and what has ended never counts."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lading.access.repository_pattern import RepositoryPattern
from lading.oci.digest import Digest
from lading.policy.decision import Decision, Outcome, Verdict, mildest, strictest
from lading.policy.evaluation import Case, evaluate
from lading.policy.evidence import Evidence, Gate
from lading.policy.evidence_facts import encode, read
from lading.policy.example import EXAMPLE_NOW, example_with
from lading.policy.message import render
from lading.policy.policy_file import parse_policy
from lading.policy.waiver import Waiver, WaiverBounds, WaiverScope

GATES = ", ".join(Gate)
POLICY = parse_policy(
    f"""
policy: p
rules:
  - id: one
    title: t
    reason: r
    severity: critical
    applies: {{gates: [{GATES}]}}
    violated_if: image.root
    message: m
    fix: f
  - id: two
    title: t
    reason: r
    severity: low
    applies: {{gates: [{GATES}]}}
    violated_if: sbom.present
    message: m
    fix: f
  - id: each
    title: t
    reason: r
    severity: high
    applies: {{gates: [{GATES}]}}
    each: f in findings
    violated_if: f.fix != ""
    message: "{{{{ f.id }}}}"
    fix: f
""".encode(),
    "p.yaml",
)
HOURS = st.integers(-24 * 100, 24 * 100)
MOMENTS = HOURS.map(lambda hours: EXAMPLE_NOW + timedelta(hours=hours))
PEOPLE = st.sampled_from(["", "person:ann", "person:Ann", "person:ben"])


@st.composite
def waivers(draw: st.DrawFn) -> Waiver:
    scope = WaiverScope(
        RepositoryPattern.parse(draw(st.sampled_from(["**", "shop/*", "pay/*"]))),
        rules=tuple(draw(st.lists(st.sampled_from(["one", "two", "each", "x"]), max_size=2))),
        vulnerabilities=tuple(draw(st.lists(st.sampled_from(["CVE-1", "CVE-2", "GHSA-1"]), max_size=2))),
        digest=draw(st.sampled_from([None, Digest("sha256", "a" * 64), Digest("sha256", "b" * 64)])),
        environments=tuple(draw(st.lists(st.sampled_from(["dev", "prod"]), max_size=1))),
    )
    return Waiver(
        id=draw(st.sampled_from("abcdef")),
        scope=scope,
        reason="r",
        ticket="t",
        requester=draw(PEOPLE),
        requested_at=draw(MOMENTS),
        expires=draw(MOMENTS),
        approver=draw(PEOPLE),
        approved_at=draw(st.none() | MOMENTS),
        revoked_at=draw(st.none() | MOMENTS),
    )


def images() -> st.SearchStrategy[Evidence]:
    finding = st.fixed_dictionaries(
        {
            "id": st.sampled_from(["CVE-1", "CVE-2", "CVE-3"]),
            "aliases": st.sampled_from([[], ["GHSA-1"]]),
            "severity": st.sampled_from(["low", "high", "critical"]),
        }
    )
    return st.fixed_dictionaries(
        {
            "image.root": st.booleans(),
            "environment": st.sampled_from(["dev", "prod", ""]),
            "findings": st.lists(finding, max_size=4),
            "undetermined": st.sampled_from([{}, {"sbom": "?"}, {"findings": "?"}]),
        }
    ).map(example_with)


def decide(evidence: Evidence, excuses: list[Waiver], now: datetime) -> Decision:
    return evaluate(POLICY, evidence, excuses, now=now)


@settings(deadline=None, max_examples=150)
@given(images(), st.lists(waivers(), max_size=5), MOMENTS)
def test_every_gate_gives_the_same_verdicts_and_the_same_words(
    evidence: Evidence, excuses: list[Waiver], now: datetime
) -> None:
    decisions = {gate: decide(replace(evidence, gate=gate), excuses, now) for gate in Gate}
    at_pull = decisions.pop(Gate.PULL)
    (results,) = {decision.results for decision in decisions.values()}
    assert len({render(decision) for decision in decisions.values()}) == 1
    (until,) = {decision.valid_until for decision in decisions.values()}
    # The one difference: what could not be told does not refuse a pull.
    assert at_pull.valid_until == until
    for here, there in zip(at_pull.results, results, strict=True):
        unknown = there.verdict is Verdict.UNDETERMINED
        assert here == (replace(there, effect=mildest(there.effect, Outcome.WARN)) if unknown else there)
    if not any(result.verdict is Verdict.UNDETERMINED for result in results):
        assert render(at_pull) == render(decisions[Gate.PROMOTE])


@settings(deadline=None, max_examples=100)
@given(images(), st.lists(waivers(), max_size=5), st.lists(MOMENTS, min_size=1, max_size=3))
def test_kept_evidence_asked_again_at_any_moment_says_what_the_gate_says(
    evidence: Evidence, excuses: list[Waiver], moments: list[datetime]
) -> None:
    case = Case(POLICY, read(encode(evidence)), excuses)
    for now in moments:
        assert case.decide(now) == decide(evidence, excuses, now)
        assert strictest(*case.effects(now).values()) is decide(evidence, excuses, now).outcome


def test_a_rule_that_names_no_gate_is_asked_at_all_but_the_pull() -> None:
    everywhere = parse_policy(
        b"policy: p\nrules: [{id: r, title: t, reason: r, severity: low, violated_if: image.root, "
        b"message: m, fix: f}]",
        "p.yaml",
    )
    evidence = example_with({"image.root": True})
    asked = {
        gate for gate in Gate if evaluate(everywhere, replace(evidence, gate=gate), now=EXAMPLE_NOW).results
    }
    assert asked == set(Gate) - {Gate.PULL}


@settings(deadline=None, max_examples=150)
@given(images(), st.lists(waivers(), max_size=5), MOMENTS)
def test_what_has_ended_or_was_never_approved_by_a_second_person_never_counts(
    evidence: Evidence, excuses: list[Waiver], now: datetime
) -> None:
    alive = [
        waiver
        for waiver in excuses
        if waiver.approved_at is not None
        and waiver.approved_at <= now < waiver.expires
        and (waiver.revoked_at is None or waiver.revoked_at > now)
        and waiver.approver
        and waiver.requester
        and waiver.approver.casefold() != waiver.requester.casefold()
    ]
    assert decide(evidence, excuses, now).results == decide(evidence, alive, now).results


@settings(deadline=None, max_examples=150)
@given(images(), st.lists(waivers(), max_size=5), MOMENTS)
def test_a_decision_holds_until_the_moment_it_names(
    evidence: Evidence, excuses: list[Waiver], now: datetime
) -> None:
    decision = decide(evidence, excuses, now)
    end = decision.valid_until
    if end is None:
        assert not any(result.waived for result in decision.results)
        return
    assert now < end <= now + WaiverBounds().other
    approvals_and_revocations = [
        moment
        for waiver in excuses
        for moment in (waiver.approved_at, waiver.revoked_at)
        if moment is not None and now < moment < end
    ]
    if not approvals_and_revocations:
        assert decide(evidence, excuses, end - timedelta(seconds=1)).results == decision.results


@settings(deadline=None, max_examples=100)
@given(images(), st.lists(waivers(), max_size=5), waivers(), MOMENTS)
def test_one_more_waiver_never_makes_a_decision_stricter(
    evidence: Evidence, excuses: list[Waiver], further: Waiver, now: datetime
) -> None:
    before, after = decide(evidence, excuses, now), decide(evidence, [*excuses, further], now)
    assert after.outcome.weight <= before.outcome.weight


@settings(deadline=None, max_examples=100)
@given(images(), st.permutations(["a", "b", "c"]), st.lists(waivers(), min_size=3, max_size=3), MOMENTS)
def test_the_order_of_waivers_does_not_matter(
    evidence: Evidence, ids: list[str], excuses: list[Waiver], now: datetime
) -> None:
    named = [replace(waiver, id=name) for waiver, name in zip(excuses, ids, strict=True)]
    assert decide(evidence, named, now) == decide(evidence, named[::-1], now)


def test_the_property_is_about_something() -> None:
    waiver = Waiver(
        "a",
        WaiverScope(RepositoryPattern.parse("**"), rules=("one",)),
        "r",
        "t",
        "person:ann",
        EXAMPLE_NOW,
        EXAMPLE_NOW + timedelta(days=1),
        "person:ben",
        EXAMPLE_NOW,
    )
    decision = decide(example_with({"image.root": True, "sbom.present": False}), [waiver], EXAMPLE_NOW)
    assert decision.outcome is Outcome.ALLOW
    assert decision.results[0].verdict is Verdict.WAIVED
