"""Decisions, waivers and promotions as messages."""

from datetime import datetime

from lading.api import gates as api
from lading.foundation.errors import Malformed
from lading.foundation.instants import rfc3339
from lading.policy.decision import RuleResult
from lading.policy.message import render
from lading.policy.report import Judged
from lading.policy.waiver import Waiver
from lading.ports.records.governance import StoredDecision
from lading.promotion.promotion import Promotion


def gate_answer(stored: StoredDecision) -> api.GateAnswer:
    """A decision with everything that it rests on by name."""
    decision = stored.decision
    return api.GateAnswer(
        id=stored.id,
        outcome=str(decision.outcome),
        text=render(decision),
        gate=str(decision.gate),
        environment=decision.environment,
        repository=decision.repository,
        digest=decision.image,
        policy=decision.policy,
        policy_digest=decision.policy_digest,
        evidence_digest=decision.evidence_digest,
        at=rfc3339(decision.at),
        valid_until=rfc3339(decision.valid_until) if decision.valid_until else "",
        rules=[rule_line(result) for result in decision.results],
    )


def waiver_line(waiver: Waiver, now: datetime) -> api.WaiverLine:
    """A waiver as it stands at ``now``."""
    scope = waiver.scope
    return api.WaiverLine(
        id=waiver.id,
        state=str(waiver.state(now)),
        repositories=scope.repositories.text,
        rules=list(scope.rules),
        vulnerabilities=list(scope.vulnerabilities),
        digest=str(scope.digest) if scope.digest else "",
        environments=list(scope.environments),
        reason=waiver.reason,
        ticket=waiver.ticket,
        requester=waiver.requester,
        requested_at=rfc3339(waiver.requested_at),
        approver=waiver.approver,
        expires=rfc3339(waiver.expires),
        kind=waiver.kind.value,
        only=list(scope.only),
        risk=waiver.risk,
        control=waiver.control,
        renews=waiver.renews,
        renewals=waiver.renewals,
    )


def promotion_line(promotion: Promotion) -> api.PromotionLine:
    """A promotion."""
    return api.PromotionLine(
        id=promotion.id,
        kind=str(promotion.kind),
        state=str(promotion.state),
        repository=promotion.repository,
        digest=str(promotion.digest),
        source=promotion.source,
        target=promotion.target,
        reason=promotion.reason,
        ticket=promotion.ticket,
        requester=promotion.requester,
        requested_at=rfc3339(promotion.requested_at),
        approver=promotion.approver,
        previous=str(promotion.previous) if promotion.previous else "",
        decision=promotion.decision,
    )


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant; raise Malformed for one without a time zone, which could be any of a day."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed("instant-invalid", f"{text[:40]!r} is no RFC 3339 instant") from error
    if instant.tzinfo is None:
        raise Malformed("instant-invalid", f"{text[:40]!r} does not say its time zone", hint="end it with Z")
    return instant


def rule_line(result: RuleResult, judged: Judged | None = None) -> api.RuleLine:
    """What one rule says; of a file, with the lines where it says it."""
    return api.RuleLine(
        rule=result.rule,
        title=result.title,
        why=result.why,
        severity=str(result.severity),
        verdict=str(result.verdict),
        effect=str(result.effect),
        violations=[
            api.ViolationLine(
                message=each.message,
                fix=each.fix,
                facts=[api.FactLine(path=fact.path, value=fact.value) for fact in each.facts],
                waived_by=each.waived_by,
                line=judged.line_of(each) if judged else 0,
            )
            for each in result.violations
        ],
        standing=result.standing,
        waived=result.waived,
        reason=result.reason,
    )
