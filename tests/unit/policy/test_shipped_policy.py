"""The policy that Lading ships: every rule fails and passes as its examples say, in two CEL engines."""

from datetime import datetime
from typing import Any

import celpy
import celpy.adapter
import celpy.celtypes
import pytest

from lading.advisories.advisory import Severity
from lading.policy.decision import Verdict
from lading.policy.evidence_facts import facts
from lading.policy.example import EXAMPLE_NOW
from lading.policy.policy_reference import rules_markdown
from lading.policy.rule import Rule, RuleTest
from lading.policy.rule_tests import iter_rule_tests
from tests.support.policies import shipped_policy

SHIPPED = shipped_policy()
# Those that reach the engine: the others are answered before, because a fact is not known.
JUDGED = [
    pytest.param(rule, test, id=f"{rule.id}:{test.line}")
    for rule in SHIPPED.rules
    for test in rule.tests
    if test.expect in {Verdict.FAIL, Verdict.PASS}
]


def test_there_are_the_rules_that_every_installation_needs() -> None:
    assert {
        *("registry-allowed", "signed", "sbom-present", "severity-ceiling", "known-exploited", "no-secrets"),
        *("no-root-user", "base-pinned", "base-approved", "owner-known", "distribution-supported"),
        *("no-latest-in-production", "scan-recent"),
    } <= {rule.id for rule in SHIPPED.rules}


@pytest.mark.parametrize("rule", SHIPPED.rules, ids=lambda rule: rule.id)
def test_every_rule_has_an_example_that_fails_and_one_that_passes(rule: Rule) -> None:
    expected = {test.expect for test in rule.tests}
    assert {Verdict.FAIL, Verdict.PASS} <= expected
    assert rule.severity is not Severity.UNKNOWN


def test_every_example_comes_out_as_written() -> None:
    wrong = [f"{o.rule}, line {o.test.line}: {o.got}" for o in iter_rule_tests(SHIPPED) if not o.as_expected]
    assert wrong == []


def test_the_reference_describes_every_rule() -> None:
    text = rules_markdown(SHIPPED)
    for rule in SHIPPED.rules:
        assert f"| [`{rule.id}`](#{rule.id}) | {rule.severity} | {rule.title} |" in text
        assert f"## {rule.id}\n\n**{rule.title}.** {rule.reason}\n" in text
    assert "- leads to: warn in dev, deny elsewhere\n" in text
    assert "asked at: laptop, ci, promote, admission, engine, runtime, in prod only\n" in text
    assert "each finding in findings, `finding.known_exploited`" in text


@pytest.mark.parametrize(("rule", "test"), JUDGED)
def test_a_second_engine_agrees(rule: Rule, test: RuleTest) -> None:
    """cel-python, written by other people in another language, says the same of every example."""
    environment = celpy.Environment()
    program = environment.program(environment.compile(rule.violated_if.text))
    known = {name: _to_celpy(value) for name, value in {**facts(test.evidence), "now": EXAMPLE_NOW}.items()}
    if rule.each is None:
        violated = bool(program.evaluate(known))
    else:
        violated = any(program.evaluate({**known, rule.each.name: m}) for m in known[rule.each.path])
    assert violated is (test.expect == Verdict.FAIL)


def _to_celpy(value: Any) -> Any:
    match value:
        case datetime():
            return celpy.celtypes.TimestampType(value)
        case dict():
            members = {celpy.celtypes.StringType(k): _to_celpy(v) for k, v in value.items()}
            return celpy.celtypes.MapType(members)
        case list() | tuple():
            return celpy.celtypes.ListType([_to_celpy(member) for member in value])
        case _:
            return celpy.adapter.json_to_cel(value)
