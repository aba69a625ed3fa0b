"""Badges: a state in a word, with a tone that colour and a mark repeat. Colour never stands alone.

*Undetermined* has a tone of its own: it is never shown as good, and never as the bad thing it might be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from lading.advisories.advisory import Severity
from lading.console.formats.sentences import sentence
from lading.packages.realm import RealmNumbers, unjudged_words
from lading.policy.decision import Outcome, Verdict
from lading.ports.records.contents import AnalysisState, ImageAnalysis


class Tone(StrEnum):
    """How a state feels. The value is the class in the style sheet."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"
    QUIET = "quiet"

    @property
    def mark(self) -> str:
        """A character that says the same without colour."""
        return _MARKS[self]


_MARKS = {Tone.GOOD: "✓", Tone.WARN: "!", Tone.BAD: "✕", Tone.UNKNOWN: "?", Tone.QUIET: "·"}


@dataclass(frozen=True, slots=True)
class Badge:
    """A word with its tone; ``why`` is shown when pointed at, and where there is room."""

    tone: Tone
    text: str
    why: str = ""


NOT_JUDGED = Badge(Tone.QUIET, "Not judged yet", "No gate has been asked about this image.")
_OUTCOMES = {
    Outcome.ALLOW: Badge(Tone.GOOD, "Allowed"),
    Outcome.WARN: Badge(Tone.WARN, "Warned"),
    Outcome.DENY: Badge(Tone.BAD, "Denied"),
}
_VERDICTS = {
    Verdict.PASS: Badge(Tone.GOOD, "Passes"),
    Verdict.FAIL: Badge(Tone.BAD, "Fails"),
    Verdict.WAIVED: Badge(Tone.WARN, "Waived"),
    Verdict.UNDETERMINED: Badge(Tone.UNKNOWN, "Undetermined"),
}
_EVENTS = {
    "done": Badge(Tone.GOOD, "Done"),
    "denied": Badge(Tone.BAD, "Denied"),
    "failed": Badge(Tone.WARN, "Failed"),
}


def outcome_badge(outcome: Outcome) -> Badge:
    """The badge of a decision."""
    return _OUTCOMES[outcome]


def decision_badge(outcome: Outcome | None) -> Badge:
    """The badge of the decision about an image that stands, or that there is none."""
    return NOT_JUDGED if outcome is None else outcome_badge(outcome)


def verdict_badge(verdict: Verdict) -> Badge:
    """The badge of one rule's verdict."""
    return _VERDICTS[verdict]


def event_badge(outcome: str) -> Badge:
    """The badge of something that was done or refused: "done", "denied", "failed"."""
    return _EVENTS.get(outcome, Badge(Tone.QUIET, outcome.capitalize() or "Not said"))


def analysis_badge(analysis: ImageAnalysis | None) -> Badge | None:
    """The badge of an analysis that is not done; None where there is nothing to remark."""
    if analysis is None:
        return Badge(Tone.UNKNOWN, "Not analysed", "Nobody has looked into it.")
    match analysis.state:
        case AnalysisState.DONE:
            return None
        case AnalysisState.PENDING:
            return Badge(Tone.UNKNOWN, "Analysis pending", "Its contents are not known yet.")
        case AnalysisState.FAILED:
            return Badge(Tone.UNKNOWN, "Analysis failed", analysis.reason)
        case _:
            assert_never(analysis.state)


def unjudged_badge(missing: RealmNumbers) -> Badge | None:
    """The badge of packages for which no advisories are held; None where all could be judged."""
    if not missing:
        return None
    return Badge(Tone.UNKNOWN, "Not all judged", sentence(unjudged_words(missing)))


# The order in which severities are shown. "Unknown" is not the least: it could be anything.
SEVERITIES = (
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    Severity.NONE,
    Severity.UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class SeverityCount:
    """How many findings of one severity, and the list of them."""

    severity: Severity
    number: int
    link: str


def severity_counts(numbers: Mapping[Severity, int], findings_link: str) -> tuple[SeverityCount, ...]:
    """Count in the order of urgency. The first four are always there, the others when there are any."""
    return tuple(
        SeverityCount(severity, numbers.get(severity, 0), f"{findings_link}?severity={severity}")
        for place, severity in enumerate(SEVERITIES)
        if place < 4 or numbers.get(severity, 0)
    )
