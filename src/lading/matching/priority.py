"""Which findings first, with the reason in words."""

from dataclasses import dataclass

from lading.advisories.advisory import Severity
from lading.matching.finding import Finding, Verdict

# Points, so that a higher sum goes first; the spaces between keep each signal above all weaker ones together.
_EXPLOITED = 100_000
_SEVERITY = {
    Severity.CRITICAL: 40_000,
    Severity.HIGH: 30_000,
    Severity.MEDIUM: 20_000,
    Severity.UNKNOWN: 15_000,  # could be anything: before what is known to be low
    Severity.LOW: 10_000,
    Severity.NONE: 0,
}
_LIKELY = 2_000  # for a probability of 1; it orders flaws of one severity, and never lifts one above another
_RUNNING = 1_500
_FIXABLE = 1_000
_UNDETERMINED = -100
WORTH_SAYING = 0.01  # probabilities below that are those of most flaws


@dataclass(frozen=True, slots=True)
class Priority:
    """``score`` orders findings, the highest first; ``words`` say why."""

    score: int
    words: str


def prioritise(
    finding: Finding, *, known_exploited: bool = False, running: int = 0, likelihood: float = 0.0
) -> Priority:
    """Weigh a finding. ``running`` is how many containers run with the package, ``likelihood`` EPSS's.

    Order: used in attacks, then severity, then how likely it is to be, then running, then fixable; what is
    only possible comes after what is sure. A finding of not being affected has no priority.
    """
    if finding.verdict is Verdict.NOT_AFFECTED:
        return Priority(0, "not affected")
    score = _SEVERITY[finding.severity] + round(_LIKELY * min(max(likelihood, 0.0), 1.0))
    words = ["severity unknown" if finding.severity is Severity.UNKNOWN else f"{finding.severity} severity"]
    if known_exploited:
        score += _EXPLOITED
        words.insert(0, "used in attacks")
    if likelihood >= WORTH_SAYING:
        words.append(f"{likelihood:.0%} likely to be attacked within 30 days (EPSS)")
    if running:
        score += _RUNNING
        words.append(f"runs in {running} container{'s' if running > 1 else ''}")
    if finding.fixed_in:
        score += _FIXABLE
        words.append(f"fixed in {finding.fixed_in}")
    else:
        words.append("no fix yet")
    if finding.verdict is Verdict.UNDETERMINED:
        score += _UNDETERMINED
        words.append("not certain that it is affected")
    return Priority(score, ", ".join(words))
