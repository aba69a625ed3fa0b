"""A policy asked again about what was decided before: what would have been denied, whom it would have hit.

Each recorded decision is judged by the candidate on the evidence that it rested on, at the moment it was
made, under the waivers of that moment. So the difference is that of the policies and of nothing else.

Decisions that rest on the same evidence are asked together: the evidence is read and its lasting facts are
judged once, however often it was decided on.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from lading.policy.decision import Outcome, strictest
from lading.policy.evaluation import Case
from lading.policy.evidence import Evidence
from lading.policy.evidence_facts import WrittenEvidence
from lading.policy.rule import Policy
from lading.policy.waiver import Waiver, WaiverBounds

MAX_EXAMPLES = 20  # kept of each team


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as it was made."""

    id: str
    reference: str
    was: Outcome
    at: datetime


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

    def add(self, recorded: Recorded, evidence: Evidence, effects: Mapping[str, Outcome]) -> None:
        """Count one decision that was asked again; ``effects`` are those of the rules that object now."""
        self.asked += 1
        self.denied_before += recorded.was is Outcome.DENY
        would_be = strictest(*effects.values())
        if would_be is recorded.was:
            return
        if would_be is Outcome.DENY:
            self._deny(recorded, evidence, effects)
        elif recorded.was is Outcome.DENY:
            self.newly_allowed += 1
        elif would_be is Outcome.WARN:
            self.newly_warned += 1

    def merge(self, other: "ReplayTally") -> None:
        """Add what another part of the replay has found."""
        self.asked += other.asked
        self.denied_before += other.denied_before
        self.newly_denied += other.newly_denied
        self.newly_allowed += other.newly_allowed
        self.newly_warned += other.newly_warned
        self.by_team.update(other.by_team)
        self.by_rule.update(other.by_rule)
        self.images |= other.images
        kept = Counter(example.team for example in self.examples)
        for example in other.examples:
            if kept[example.team] < MAX_EXAMPLES:
                kept[example.team] += 1
                self.examples.append(example)

    def _deny(self, recorded: Recorded, evidence: Evidence, effects: Mapping[str, Outcome]) -> None:
        rules = tuple(rule for rule, effect in effects.items() if effect is Outcome.DENY)
        team = evidence.owner.team or "(nobody)"
        image = evidence.image
        self.newly_denied += 1
        self.by_team[team] += 1
        self.by_rule.update(rules)
        self.images.add(f"{image.repository}@{image.digest}" if image.digest else recorded.reference)
        if self.by_team[team] <= MAX_EXAMPLES:
            changed = (recorded.reference, team, evidence.environment, recorded.was, Outcome.DENY, rules)
            self.examples.append(Changed(recorded.id, *changed))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy that is asked again, and the waivers as they ever stood.

    With ``before``, what that policy says takes the place of what was said when the decision was made.
    """

    policy: Policy
    waivers: tuple[Waiver, ...] = ()
    bounds: WaiverBounds = field(default_factory=WaiverBounds)
    before: Policy | None = None


def replay(candidate: Candidate, evidence: WrittenEvidence, recorded: Iterable[Recorded]) -> ReplayTally:
    """Ask about every decision that rests on this evidence."""
    case = Case(candidate.policy, evidence, candidate.waivers, bounds=candidate.bounds)
    before = (
        Case(candidate.before, evidence, candidate.waivers, bounds=candidate.bounds)
        if candidate.before
        else None
    )
    tally = ReplayTally()
    for one in recorded:
        was = strictest(*before.effects(one.at).values()) if before is not None else one.was
        tally.add(replace(one, was=was), evidence.evidence, case.effects(one.at))
    return tally
