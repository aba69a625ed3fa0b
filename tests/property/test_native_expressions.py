"""Expressions as Python functions say what the engine says, or leave it to the engine."""

from typing import Any

import cel
import pytest
from hypothesis import given, settings

from lading.adapters.shipped_policy import profile_text
from lading.policy.evidence_facts import facts
from lading.policy.example import EXAMPLE_NOW
from lading.policy.expressions.expression import Expression, NotEvaluable, compile_expression
from lading.policy.expressions.native import UNSURE
from lading.policy.policy_file import parse_policy
from tests.property.test_two_engines_agree import FACTS, conditions

REGULATED = parse_policy(profile_text("regulated"), "regulated")


def by_engine(expression: Expression, known: dict[str, Any]) -> object:
    try:
        return expression.evaluate(cel.Context({name: known[name] for name in expression.variables}))
    except NotEvaluable:
        return NotEvaluable


@settings(max_examples=150)
@given(conditions())
def test_what_a_function_answers_the_engine_answers_too(text: str) -> None:
    expression = compile_expression(text)
    assert expression.native is not None
    try:
        answer = expression.native(FACTS, None)
    except UNSURE:
        return
    assert by_engine(expression, FACTS) == answer


@pytest.mark.parametrize(
    "text",
    [
        "image.size * 9223372036854775807 > 0",
        "image.size / 0 > 0",
        "image.tags[-1] == 'x'",
        "image.tags[99] == 'x'",
        "image.labels['absent'] == 'x'",
        "scan.at < now",
    ],
)
def test_what_has_no_value_for_the_engine_has_none_for_the_function(text: str) -> None:
    expression = compile_expression(text)
    assert expression.native is not None
    with pytest.raises(UNSURE):
        expression.native(FACTS, None)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("-7 / 2 == -3", True),
        ("-7 % 2 == -1", True),
        ("'a\\n'.matches('a$')", False),
        ("'a'.matches('[$a]')", True),
        ("image.created != null && image.created < now", True),
        ("duration('1h30m') == duration('90m')", True),
        ("has(image.labels.tier) && !has(image.labels.absent)", True),
        ("image.tags.map(t, t + '!') == ['1.0!', 'latest!']", True),
        ("findings.exists_one(f, f.severity == 'high')", True),
    ],
)
def test_edges_come_out_as_in_the_language(text: str, answer: bool) -> None:
    expression = compile_expression(text)
    assert expression.native is not None
    assert expression.native(FACTS, None) is answer
    assert by_engine(expression, FACTS) is answer


def test_every_shipped_condition_is_answered_alike_on_every_example() -> None:
    compared = 0
    for rule in REGULATED.rules:
        for test in rule.tests:
            known = {**facts(test.evidence), "now": EXAMPLE_NOW}
            if rule.each is None:
                assert rule.violated_if.native is not None
                assert rule.violated_if.native(known, None) == by_engine(rule.violated_if, known), rule.id
                compared += 1
                continue
            members: Any = known
            for step in rule.each.path.split("."):
                members = members[step]
            assert rule.violated_if.native_filter is not None
            kept = rule.violated_if.native_filter(known, members)
            for member in members:
                context = cel.Context({name: known[name] for name in rule.violated_if.variables})
                context.add_variable(rule.each.name, member)
                said = rule.violated_if.evaluate(context)
                assert said is (member in kept), rule.id
                compared += 1
    assert compared > 200


@pytest.mark.parametrize("name", ["__import__", "f", "m", "c", "_at", "eval"])
def test_no_name_of_a_policy_reaches_python(name: str) -> None:
    with pytest.raises(Exception, match=r"variable|name|function"):
        compile_expression(f"{name}('x') == 1" if name == "eval" else f"{name} == 1")
