"""Decisions: what a gate said, rule by rule, each with its evidence."""

from dataclasses import dataclass
from datetime import datetime

from lading.advisories.advisory import Severity
from lading.console.formats.instants import Instant, instant
from lading.console.formats.numbers import counted
from lading.console.formats.sentences import sentence
from lading.console.links import decision_link, image_link, list_link
from lading.console.views.badges import Badge, Tone, outcome_badge, verdict_badge
from lading.console.views.image_header import ImageHeader
from lading.policy.decision import Decision, Outcome, RuleResult, Verdict, Violation
from lading.ports.records.governance import StoredDecision

SHOWN_TITLES = 3  # of the rules that object, in a list


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision in a list."""

    id: str
    link: str
    badge: Badge
    reference: str
    subject_link: str
    gate: str
    environment: str
    at: Instant
    by: str
    because: str  # titles of the rules that spoke against it


@dataclass(frozen=True, slots=True)
class DecisionsView:
    """The decisions about one image, the newest first."""

    header: ImageHeader
    rows: tuple[DecisionRow, ...]
    cut: bool  # whether there are more than are shown


@dataclass(frozen=True, slots=True)
class FactRow:
    """A piece of the evidence."""

    path: str
    value: str


@dataclass(frozen=True, slots=True)
class ViolationRow:
    """One thing that a rule objects to."""

    message: str
    fix: str
    facts: tuple[FactRow, ...]
    waived_by: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """What one rule said."""

    rule: str
    title: str
    why: str
    severity: Severity
    badge: Badge
    effect: Badge
    reason: str  # why it is undetermined
    violations: tuple[ViolationRow, ...]
    more: str  # "and 11 more"
    waiver_link: str  # asks for a waiver of this rule; empty where nothing is to be waived


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision with everything it rests on. Rules that object stand first."""

    id: str
    badge: Badge
    says: str
    reference: str
    subject_link: str
    digest: str
    gate: str
    environment: str
    at: Instant
    until: Instant | None  # when the first waiver that it rests on ends
    by: str
    policy: str
    policy_digest: str
    evidence: str
    objecting: tuple[RuleRow, ...]
    passing: tuple[RuleRow, ...]


def decision_row(stored: StoredDecision, now: datetime) -> DecisionRow:
    """Make a row of a list."""
    decision = stored.decision
    return DecisionRow(
        id=stored.id,
        link=decision_link(stored.id),
        badge=outcome_badge(decision.outcome),
        reference=stored.reference,
        subject_link=subject_link(decision),
        gate=decision.gate,
        environment=decision.environment,
        at=instant(decision.at, now),
        by=stored.by,
        because=_because(objecting_results(decision)),
    )


def decision_view(stored: StoredDecision, now: datetime) -> DecisionView:
    """Make the page of one decision."""
    decision = stored.decision
    objecting = objecting_results(decision)
    return DecisionView(
        id=stored.id,
        badge=outcome_badge(decision.outcome),
        says=_says(objecting),
        reference=stored.reference,
        subject_link=subject_link(decision),
        digest=decision.image,
        gate=decision.gate,
        environment=decision.environment,
        at=instant(decision.at, now),
        until=instant(decision.valid_until, now) if decision.valid_until else None,
        by=stored.by,
        policy=decision.policy,
        policy_digest=decision.policy_digest,
        evidence=decision.evidence_digest,
        objecting=tuple(_rule(result, decision) for result in objecting),
        passing=tuple(_rule(result, decision) for result in decision.results if not _objects(result)),
    )


def subject_link(decision: Decision) -> str:
    """The page of the image that was decided about, empty where none was found by that name."""
    return image_link(decision.repository, decision.image) if decision.image and decision.repository else ""


def objecting_results(decision: Decision) -> tuple[RuleResult, ...]:
    """The rules that spoke against it, the strictest first, and those that would have but for a waiver."""
    objecting = filter(_objects, decision.results)
    return tuple(sorted(objecting, key=lambda result: -result.effect.weight))


def _because(objecting: tuple[RuleResult, ...]) -> str:
    titles = ", ".join(result.title for result in objecting[:SHOWN_TITLES])
    more = len(objecting) - SHOWN_TITLES
    return f"{titles}, and {more} more" if more > 0 else titles


def _objects(result: RuleResult) -> bool:
    return result.effect is not Outcome.ALLOW or result.verdict is Verdict.WAIVED


def _says(objecting: tuple[RuleResult, ...]) -> str:
    denying = sum(result.effect is Outcome.DENY for result in objecting)
    warning = sum(result.effect is Outcome.WARN for result in objecting)
    waived = sum(result.verdict is Verdict.WAIVED for result in objecting)
    parts = [
        f"{counted(number, 'rule')} {verb if number == 1 else verbs}"
        for number, verb, verbs in (
            (denying, "refuses it", "refuse it"),
            (warning, "warns of it", "warn of it"),
            (waived, "is waived", "are waived"),
        )
        if number
    ]
    return ", ".join(parts) + "." if parts else "No rule objects."


def _rule(result: RuleResult, decision: Decision) -> RuleRow:
    hidden = result.standing + result.waived - len(result.violations)
    waivable = result.effect is not Outcome.ALLOW and decision.repository
    return RuleRow(
        rule=result.rule,
        title=result.title,
        why=result.why,
        severity=result.severity,
        badge=verdict_badge(result.verdict),
        effect=effect_badge(result.effect),
        reason=sentence(result.reason),
        violations=tuple(_violation(violation) for violation in result.violations),
        more=f"and {hidden:,} more" if hidden > 0 else "",
        waiver_link=list_link(
            "/waivers/new",
            repositories=decision.repository,
            rules=result.rule,
            environments=decision.environment,
        )
        if waivable
        else "",
    )


def effect_badge(effect: Outcome) -> Badge:
    """What a rule's verdict leads to."""
    if effect is Outcome.ALLOW:
        return Badge(Tone.GOOD, "Lets it pass")
    return Badge(Tone.WARN, "Warns") if effect is Outcome.WARN else Badge(Tone.BAD, "Refuses")


def _violation(violation: Violation) -> ViolationRow:
    return ViolationRow(
        message=sentence(violation.message),
        fix=sentence(violation.fix),
        facts=tuple(FactRow(fact.path, fact.value) for fact in violation.facts),
        waived_by=violation.waived_by,
    )
