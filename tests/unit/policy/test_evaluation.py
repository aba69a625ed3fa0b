"""Evidence and policy to decision."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from lading.foundation.errors import Malformed
from lading.policy.decision import Decision, Outcome, Verdict
from lading.policy.decision_record import (
    decode_decision,
    decode_results,
    encode_decision,
    encode_results,
)
from lading.policy.evaluation import IMAGE_KNOWN, MAX_SHOWN, MAX_STEPS, evaluate
from lading.policy.example import EXAMPLE, EXAMPLE_NOW, example_with
from tests.support.policies import one_rule, shipped_policy


def judge(body: str, given: Mapping[str, object], *, max_steps: int = MAX_STEPS) -> Decision:
    return evaluate(one_rule(body), example_with(given), now=EXAMPLE_NOW, max_steps=max_steps)


def only(decision: Decision) -> tuple[Verdict, Outcome]:
    (result,) = decision.results
    return result.verdict, result.effect


def test_a_violation_has_the_effect_of_its_environment() -> None:
    body = "violated_if: image.root\neffect: {default: deny, dev: warn, lab: allow}"
    bad = {"image.root": True}
    assert judge(body, bad).outcome is Outcome.DENY
    assert judge(body, {**bad, "environment": "dev"}).outcome is Outcome.WARN
    assert judge(body, {**bad, "environment": "lab"}).outcome is Outcome.ALLOW
    assert only(judge(body, {"image.root": False})) == (Verdict.PASS, Outcome.ALLOW)


@pytest.mark.parametrize(
    ("applies", "given", "asked"),
    [
        ("{gates: [push]}", {}, False),
        ("{gates: [push, admission]}", {}, True),
        ("{environments: [dev]}", {}, False),
        ("{environments: [prod]}", {}, True),
        ("{repositories: ['shop/*']}", {}, True),
        ("{repositories: ['pay/**']}", {}, False),
    ],
)
def test_a_rule_is_asked_where_it_applies(applies: str, given: dict[str, object], asked: bool) -> None:
    decision = judge(f"violated_if: true\napplies: {applies}", given)
    assert (decision.outcome is Outcome.DENY) is asked
    assert bool(decision.results) is asked


def test_a_rule_whose_condition_is_false_says_nothing() -> None:
    assert judge("when: image.root\nviolated_if: true", {"image.root": False}).results == ()


def test_a_fact_that_is_not_known_is_never_judged_by_its_default() -> None:
    decision = judge("violated_if: '!sbom.present'", {"undetermined": {"sbom": "no answer"}})
    (result,) = decision.results
    assert (result.verdict, result.effect) == (Verdict.UNDETERMINED, Outcome.DENY)
    assert result.reason == "sbom is not known: no answer"


@pytest.mark.parametrize("path", ["findings", "findings.severity"])
def test_not_knowing_a_list_or_what_its_members_say_reaches_the_rules_that_read_it(path: str) -> None:
    body = "each: f in findings\nviolated_if: f.severity == 'high'\nmessage: '{{ f.id }}'"
    unknown = {"findings": [{}], "undetermined": {path: "no scan"}}
    assert only(judge(body, unknown))[0] is Verdict.UNDETERMINED
    assert only(judge("violated_if: size(packages) == 0", unknown))[0] is Verdict.PASS


def test_an_unknown_path_does_not_reach_facts_whose_names_begin_alike() -> None:
    decision = judge(
        "violated_if: image.labels.x == 'b'", {"image.labels": {"x": "a"}, "undetermined": {"image.lab": "?"}}
    )
    assert only(decision)[0] is Verdict.PASS


def test_a_proof_that_is_undetermined_needs_no_further_mention() -> None:
    given = {"signature": {"verdict": "undetermined", "reason": "the key cannot be read"}}
    (result,) = judge("violated_if: signature.verdict != 'verified'", given).results
    assert result.verdict is Verdict.UNDETERMINED
    assert "the key cannot be read" in result.reason


@pytest.mark.parametrize(
    ("on_undetermined", "environment", "effect"),
    [
        ("deny", "prod", Outcome.DENY),
        ("warn", "prod", Outcome.WARN),
        ("allow", "prod", Outcome.ALLOW),
        ("deny", "dev", Outcome.WARN),
    ],
)
def test_not_knowing_is_never_judged_harder_than_failing(
    on_undetermined: str, environment: str, effect: Outcome
) -> None:
    body = (
        f"violated_if: sbom.present\neffect: {{default: deny, dev: warn}}\non_undetermined: {on_undetermined}"
    )
    decision = judge(body, {"environment": environment, "undetermined": {"sbom": "?"}})
    assert only(decision) == (Verdict.UNDETERMINED, effect)


def test_an_expression_without_a_value_is_undetermined() -> None:
    decision = judge("violated_if: image.labels['tier'] == 'x'", {})
    (result,) = decision.results
    assert (result.verdict, result.effect) == (Verdict.UNDETERMINED, Outcome.DENY)
    assert "tier" in result.reason


def test_a_rule_too_dear_for_this_evidence_is_undetermined_and_not_run() -> None:
    body = "violated_if: findings.exists(f, findings.exists(g, g.id == f.id && g.fix == 'x'))"
    findings = [{"id": f"CVE-{n}"} for n in range(40)]
    assert only(judge(body, {"findings": findings}))[0] is Verdict.PASS
    (result,) = judge(body, {"findings": findings}, max_steps=5_000).results
    assert result.verdict is Verdict.UNDETERMINED
    assert "too large" in result.reason


def test_evidence_of_hostile_size_cannot_hang_a_nested_rule() -> None:
    body = "violated_if: findings.exists(f, findings.exists(g, findings.exists(h, h.fix == 'none')))"
    decision = judge(body, {"findings": [{"id": f"CVE-{n}"} for n in range(2_000)]})
    assert only(decision)[0] is Verdict.UNDETERMINED


def test_a_message_cannot_hang_either() -> None:
    nested = "findings.all(f, findings.all(g, findings.all(h, true)))"
    body = f"violated_if: image.root\nmessage: '{{{{ {nested} }}}} by {{{{ image.user }}}}'"
    given = {"image.root": True, "image.user": "0", "findings": [{"id": f"CVE-{n}"} for n in range(2_000)]}
    (result,) = judge(body, given).results
    assert result.violations[0].message == "(not known) by 0"


def test_every_member_that_violates_is_named_with_its_fix() -> None:
    body = (
        "each: f in findings\nviolated_if: f.fix != ''\n"
        "message: '{{ f.id }} in {{ f.package_name }} of {{ image.repository }}'\n"
        "fix: 'to {{ f.fix }}'"
    )
    decision = judge(
        body, {"findings": [{"id": "CVE-1", "fix": "2"}, {"fix": ""}, {"id": "CVE-3", "fix": "4"}]}
    )
    (result,) = decision.results
    assert [(v.message, v.fix) for v in result.violations] == [
        ("CVE-1 in bash of shop/app", "to 2"),
        ("CVE-3 in bash of shop/app", "to 4"),
    ]
    assert result.standing == 2
    assert {fact.path for fact in result.violations[0].facts} >= {"f.id", "f.fix"}


def test_a_thousand_violations_are_counted_and_few_are_kept() -> None:
    body = "each: f in findings\nviolated_if: true\nmessage: '{{ f.id }}'"
    (result,) = judge(body, {"findings": [{"id": f"CVE-{n}"} for n in range(1_000)]}).results
    assert result.standing == 1_000
    assert len(result.violations) == MAX_SHOWN


def test_the_facts_that_were_read_are_shown() -> None:
    (result,) = judge("violated_if: image.root && image.size > 1", {"image.root": True}).results
    assert [(fact.path, fact.value) for fact in result.violations[0].facts] == [
        ("image.root", "yes"),
        ("image.size", "40000000"),
    ]


def test_control_characters_of_the_image_do_not_reach_the_message() -> None:
    given = {"image.root": True, "image.user": "ro\x1b[31mot\u202eevil\n"}
    (result,) = judge("violated_if: image.root\nmessage: 'as {{ image.user }}'", given).results
    assert result.violations[0].message == "as ro\ufffd[31mot\ufffdevil\ufffd"


def test_what_a_message_cannot_know_it_says_so() -> None:
    message = "by {{ owner.team }} of {{ image.labels.x }} made {{ image.created }}"
    body = f"violated_if: image.root\nmessage: '{message}'"
    given = {"image.root": True, "undetermined": {"owner": "?"}, "image.created": "2026-01-30"}
    (result,) = judge(body, given).results
    assert result.violations[0].message == "by (not known) of (not known) made 2026-01-30"


@pytest.mark.parametrize("presence", ["missing", "foreign"])
def test_an_unknown_image_is_denied_whatever_the_policy_says(presence: str) -> None:
    given = {"image.presence": presence, "undetermined": {"findings": "not here"}}
    decision = judge("violated_if: size(findings) > 0\non_undetermined: allow", given)
    assert decision.outcome is Outcome.DENY
    assert [result.rule for result in decision.results] == [IMAGE_KNOWN]


def test_a_rule_of_the_policy_about_foreign_registries_speaks_for_itself() -> None:
    decision = evaluate(
        shipped_policy(),
        example_with({"image.presence": "foreign", "undetermined": {"findings": "?", "scan": "?"}}),
        now=EXAMPLE_NOW,
    )
    denied = [result.rule for result in decision.with_effect(Outcome.DENY)]
    assert denied == ["registry-allowed"]


def test_the_same_arguments_give_the_same_decision() -> None:
    given = {"findings": [{"severity": "critical"}], "image.root": True}
    policy, evidence = shipped_policy(), example_with(given)
    first = evaluate(policy, evidence, now=EXAMPLE_NOW)
    assert evaluate(shipped_policy(), example_with(given), now=EXAMPLE_NOW) == first
    later = evaluate(policy, evidence, now=EXAMPLE_NOW + timedelta(hours=1))
    assert later.evidence_digest == first.evidence_digest


def test_the_exemplary_image_may_enter_production() -> None:
    decision = evaluate(shipped_policy(), EXAMPLE, now=EXAMPLE_NOW)
    assert decision.outcome is Outcome.ALLOW
    assert len(decision.results) >= 12
    assert {result.verdict for result in decision.results} == {Verdict.PASS}


def test_a_decision_is_kept_and_read_back() -> None:
    decision = evaluate(shipped_policy(), example_with({"findings": [{}]}), now=EXAMPLE_NOW)
    assert decode_decision(encode_decision(decision)) == decision
    assert decode_results(encode_results(decision.results)) == decision.results


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"outcome": "maybe"}'])
def test_what_is_no_decision_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed):
        decode_decision(content)
    with pytest.raises(Malformed):
        decode_results([{"rule": 1}])
