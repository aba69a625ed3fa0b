"""A policy asked again about what was decided before: what would have been denied, whom it would have hit.

Each recorded decision is judged by the candidate on the evidence that it rested on, at the moment it was
made, under the waivers of that moment. So the difference is that of the policies and of nothing else.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from lading.policy.decision import Decision, Outcome
from lading.policy.evaluation import evaluate
from lading.policy.evidence import Evidence
from lading.policy.rule import Policy
from lading.policy.waiver import Waiver, WaiverBounds

MAX_EXAMPLES = 20  # kept of each team


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as it was made, and what it rested on."""

    id: str
    reference: str
    was: Outcome
    at: datetime
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Changed:
    """A decision that would come out otherwise, and the rules that make the difference."""

    id: str
    reference: str
    team: str
    environment: str
    was: Outcome
    would_be: Outcome
    rules: tuple[str, ...]


@dataclass(slots=True)
class ReplayTally:
    """What a replay has found so far."""

    asked: int = 0
    newly_denied: int = 0
    newly_allowed: int = 0
    newly_warned: int = 0
    by_team: Counter[str] = field(default_factory=Counter)  # newly denied
    by_rule: Counter[str] = field(default_factory=Counter)  # newly denied
    images: set[str] = field(default_factory=set)  # of what would newly be denied
    examples: list[Changed] = field(default_factory=list)
    denied_before: int = 0

    def add(self, recorded: Recorded, then: Decision) -> None:
        """Count one decision that was asked again."""
        self.asked += 1
        self.denied_before += recorded.was is Outcome.DENY
        if then.outcome is recorded.was:
            return
        team = recorded.evidence.owner.team or "(nobody)"
        if then.outcome is Outcome.DENY:
            self._deny(recorded, then, team)
        elif recorded.was is Outcome.DENY:
            self.newly_allowed += 1
        elif then.outcome is Outcome.WARN:
            self.newly_warned += 1

    def _deny(self, recorded: Recorded, then: Decision, team: str) -> None:
        rules = tuple(result.rule for result in then.with_effect(Outcome.DENY))
        self.newly_denied += 1
        self.by_team[team] += 1
        self.by_rule.update(rules)
        self.images.add(f"{then.repository}@{then.image}" if then.image else recorded.reference)
        if self.by_team[team] <= MAX_EXAMPLES:
            self.examples.append(
                Changed(
                    recorded.id,
                    recorded.reference,
                    team,
                    then.environment,
                    recorded.was,
                    then.outcome,
                    rules,
                )
            )


def replay(
    policy: Policy,
    recorded: Iterable[Recorded],
    waivers: tuple[Waiver, ...] = (),
    *,
    bounds: WaiverBounds | None = None,
) -> ReplayTally:
    """Ask the policy about all of them."""
    tally = ReplayTally()
    for one in recorded:
        tally.add(one, evaluate(policy, one.evidence, waivers, now=one.at, bounds=bounds))
    return tally
