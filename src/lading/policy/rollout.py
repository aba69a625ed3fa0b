"""How far a rule is let to go: observe, then warn, then enforce, by team and date.

    rollout:
      - {rules: [signed, sbom-present], teams: [shop], warn: 2026-12-01, enforce: 2027-01-15}
      - {rules: [non-root], enforce: 2027-02-01, step_back_at: 20}
      - {warn: 2027-01-01, enforce: 2027-03-01}

The first step that names the rule and the team of the image counts; one that names none means all. Before its
dates a rule is only observed. A rule that no step names goes as far as its own ``mode`` says.

``step_back_at`` is a promise to those whom enforcement could hit unawares: where more repositories that
passed before are refused within a day of the date, the server goes back to warning by itself (``step_back``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lading.policy.decision import Outcome


class Mode(StrEnum):
    """How far a rule goes."""

    OBSERVE = "observe"  # what it says is kept and shown, and nothing follows
    WARN = "warn"
    ENFORCE = "enforce"


def capped(effect: Outcome, mode: Mode) -> Outcome:
    """Give the effect that a violation has in this mode: never a stricter one than the rule's own."""
    match mode:
        case Mode.OBSERVE:
            return Outcome.ALLOW
        case Mode.WARN:
            return min(effect, Outcome.WARN, key=lambda outcome: outcome.weight)
        case Mode.ENFORCE:
            return effect


@dataclass(frozen=True, slots=True)
class RolloutStep:
    """Dates for some rules and teams; empty sets mean all. A date that is None never comes."""

    rules: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    warn: datetime | None = None
    enforce: datetime | None = None
    step_back_at: int | None = None  # repositories newly refused, beyond which it warns again

    def names(self, rule: str, team: str) -> bool:
        """Whether the step is about this rule for this team."""
        return (not self.rules or rule in self.rules) and (not self.teams or team in self.teams)

    def mode_at(self, now: datetime) -> Mode:
        """Tell how far the rules go at ``now``."""
        if self.enforce is not None and self.enforce <= now:
            return Mode.ENFORCE
        return Mode.WARN if self.warn is not None and self.warn <= now else Mode.OBSERVE


def mode_of(steps: Iterable[RolloutStep], rule: str, own: Mode, team: str, now: datetime) -> Mode:
    """Tell how far a rule goes for a team at ``now``."""
    return next((step.mode_at(now) for step in steps if step.names(rule, team)), own)
