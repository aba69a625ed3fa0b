"""Decisions: what a policy says of evidence at a moment, rule by rule."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lading.advisories.advisory import Severity
from lading.policy.evidence import Gate


class Outcome(StrEnum):
    """What a gate does."""

    ALLOW = "allow"
    WARN = "warn"
    DENY = "deny"

    @property
    def weight(self) -> int:
        """Greater is stricter."""
        return _WEIGHTS[self]


_WEIGHTS = {Outcome.ALLOW: 0, Outcome.WARN: 1, Outcome.DENY: 2}


def strictest(*outcomes: Outcome) -> Outcome:
    """Give the strictest of them; nothing at all is allowed."""
    return max(outcomes, key=lambda outcome: outcome.weight, default=Outcome.ALLOW)


def mildest(*outcomes: Outcome) -> Outcome:
    """Give the mildest of them."""
    return min(outcomes, key=lambda outcome: outcome.weight)


class Verdict(StrEnum):
    """What one rule says."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNDETERMINED = "undetermined"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Fact:
    """A piece of the evidence, as shown to people."""

    path: str
    value: str


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that a rule objects to: a finding, a secret, or the image itself.

    ``waived_by`` is the id of the waiver that excuses it, empty where none does.
    """

    message: str
    fix: str
    facts: tuple[Fact, ...] = ()
    waived_by: str = ""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule says of the evidence, and what follows from it.

    ``violations`` are the first of them, those that are not waived before those that are; ``standing`` counts
    all that are not waived, ``waived`` all that are. ``reason`` says why a verdict is undetermined.
    """

    rule: str
    title: str
    why: str
    severity: Severity
    verdict: Verdict
    effect: Outcome
    violations: tuple[Violation, ...] = ()
    standing: int = 0
    waived: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer of a policy, with everything needed to ask it again.

    ``results`` holds the rules that applied, in the policy's order. ``valid_until`` is when the first waiver
    that it rests on ends; None where it rests on none.
    """

    outcome: Outcome
    results: tuple[RuleResult, ...]
    gate: Gate
    environment: str
    registry: str
    repository: str
    image: str  # digest of the manifest
    policy: str  # name of the policy
    policy_digest: str
    evidence_digest: str
    at: datetime
    valid_until: datetime | None = None
    subject: str = ""  # what was judged, where it is no image: "Dockerfile", "Deployment web, container app"

    def with_effect(self, effect: Outcome) -> tuple[RuleResult, ...]:
        """Give the results that have this effect."""
        return tuple(result for result in self.results if result.effect is effect)
