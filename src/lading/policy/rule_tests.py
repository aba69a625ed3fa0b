"""Running the examples that rules carry."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lading.policy.evaluation import evaluate
from lading.policy.example import EXAMPLE_NOW
from lading.policy.policy_file import SKIP
from lading.policy.rule import Policy, RuleTest


@dataclass(frozen=True, slots=True)
class RuleTestOutcome:
    """What a rule said of one of its examples."""

    rule: str
    test: RuleTest
    got: str

    @property
    def as_expected(self) -> bool:
        """Whether the example came out as written."""
        return self.got == self.test.expect


def iter_rule_tests(policy: Policy) -> Iterator[RuleTestOutcome]:
    """Run every example of every rule, each rule alone."""
    for rule in policy.rules:
        alone = replace(policy, rules=(rule,))
        for test in rule.tests:
            results = evaluate(alone, test.evidence, now=EXAMPLE_NOW).results
            yield RuleTestOutcome(rule.id, test, results[0].verdict.value if results else SKIP)
