"""What the rules of a policy find in one piece of evidence, before waivers, rollout and words.

Most rules find the same whenever they are asked. So those that do not ask the time are asked once and the
rest at each moment: a decision that is asked again about the same evidence costs only what can have changed.

1. Rules that do not ask the time are asked first, in the policy's order, then those that do. All of them
   share one budget of steps, so that what is within it does not depend on how often is asked.
2. A fact that the condition (``when``) reads is not known: that is what is found. A condition that is false:
   the rule finds nothing and gives no result.
3. A fact that the test reads is not known, evaluating could take more steps than are left, or there is no
   value on this evidence: that is what is found. A default is never judged.
4. Else the members that violate the rule are found, or that the whole does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lading.policy.evidence_facts import WrittenEvidence
from lading.policy.expressions.expression import NotEvaluable
from lading.policy.fact_table import FactTable
from lading.policy.rule import Policy, Rule


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule finds: ``members`` that violate it, that the whole does, or why it is ``unknown``."""

    rule: Rule
    violated: bool
    members: tuple[Any, ...] = ()
    unknown: str = ""

    @property
    def nothing(self) -> bool:
        """Whether the rule passes."""
        return not self.violated and not self.unknown


class Inquiry:
    """The rules that are asked about one piece of evidence, and what those find that do not ask the time."""

    def __init__(self, policy: Policy, written: WrittenEvidence, max_steps: int) -> None:
        self._rules = tuple(policy.iter_applicable(written.evidence))
        self._timed = tuple(rule for rule in self._rules if rule.asks_the_time)
        self._table = FactTable(written.facts, written.evidence.unanswered(), max_steps)
        # Step 1.
        lasting = (rule for rule in self._rules if not rule.asks_the_time)
        self._lasting = {found.rule.id: found for found in _ask(self._table, lasting)}

        self._objecting = tuple(found for found in self._lasting.values() if not found.nothing)

    def at(self, now: datetime) -> tuple[tuple[Found, ...], FactTable]:
        """Give what is found at a moment, in the policy's order, and the facts as they are then."""
        table = self._table.at(now)
        found = {**self._lasting, **{one.rule.id: one for one in _ask(table, self._timed)}}
        return tuple(found[rule.id] for rule in self._rules if rule.id in found), table

    def objections(self, now: datetime) -> Iterator[Found]:
        """Give what is found at a moment but for the rules that pass, in no order."""
        yield from self._objecting
        if self._timed:
            yield from (found for found in _ask(self._table.at(now), self._timed) if not found.nothing)


def _ask(table: FactTable, rules: Iterable[Rule]) -> Iterator[Found]:
    for rule in rules:
        try:
            # Step 2.
            if rule.when is not None and not table.value(rule.when):
                continue
            # Steps 3 and 4.
            if rule.each is None:
                yield Found(rule, bool(table.value(rule.violated_if)))
            else:
                members = tuple(table.matching(rule.each, rule.violated_if))
                yield Found(rule, bool(members), members)
        except NotEvaluable as unknown:
            yield Found(rule, violated=False, unknown=str(unknown))
