"""Rules go from observing to enforcing by team and date."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lading.foundation.errors import Malformed
from lading.policy.decision import Outcome, Verdict
from lading.policy.evaluation import evaluate
from lading.policy.example import EXAMPLE_NOW, example_with
from lading.policy.message import render
from lading.policy.policy_file import parse_policy

RULES = """
policy: p
rules:
  - {id: a, title: t, reason: why, severity: low, violated_if: image.root, message: it is root, fix: do not}
  - {id: b, title: t, reason: why, severity: low, mode: warn, violated_if: image.root, message: m, fix: f}
"""
STEPS = """
rollout:
  - {rules: [a], teams: [shop], warn: 2026-01-10, enforce: 2026-02-10}
  - {rules: [a], warn: 2026-03-01}
"""
EVIDENCE = example_with({"image.root": True})
OTHER_TEAM = example_with({"image.root": True, "owner.team": "pay"})


def effects(text: str, evidence: object = EVIDENCE, days: int = 0) -> list[Outcome]:
    policy = parse_policy(text.encode(), "p")
    decision = evaluate(policy, evidence, now=EXAMPLE_NOW + timedelta(days=days))  # type: ignore[arg-type]
    assert all(result.verdict is Verdict.FAIL for result in decision.results)
    return [result.effect for result in decision.results]


def test_without_a_rollout_a_rule_goes_as_far_as_its_mode() -> None:
    assert effects(RULES) == [Outcome.DENY, Outcome.WARN]


def test_dates_move_a_rule_on_for_the_team_that_they_name() -> None:
    assert effects(RULES + STEPS) == [Outcome.WARN, Outcome.WARN]
    assert effects(RULES + STEPS, days=15) == [Outcome.DENY, Outcome.WARN]
    assert effects(RULES + STEPS, OTHER_TEAM) == [Outcome.ALLOW, Outcome.WARN]
    assert effects(RULES + STEPS, OTHER_TEAM, days=40) == [Outcome.WARN, Outcome.WARN]


def test_what_is_observed_is_told_in_short() -> None:
    policy = parse_policy((RULES + STEPS).encode(), "p")
    said = render(evaluate(replace(policy, rules=policy.rules[:1]), OTHER_TEAM, now=EXAMPLE_NOW))
    assert said.startswith("ALLOWED: ")
    assert "Only observed so far:\n  a: it is root\n" in said


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("{rules: [aa]}", "there is no rule 'aa'"),
        ("{enforce: soon}", "a date is written"),
        ("{until: 2026-01-01}", "a step of the rollout has no 'until'"),
        ("{teams: []}", "teams is empty"),
    ],
)
def test_a_wrong_step_is_refused_with_its_line(step: str, said: str) -> None:
    with pytest.raises(Malformed, match="p:7") as refused:
        parse_policy((RULES + f"rollout:\n  - {step}\n").encode(), "p")
    assert said in refused.value.message
