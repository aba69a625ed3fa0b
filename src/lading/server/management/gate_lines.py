"""Decisions, waivers and promotions as messages."""

from collections.abc import Sequence
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
from lading.workflows.platform_verdicts import PlatformVerdict


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


def platforms_answer(
    decision: StoredDecision, platforms: Sequence[PlatformVerdict], not_run: Sequence[str]
) -> api.GateAnswer:
    """A decision with those of the platforms, in words too."""
    answer = gate_answer(decision)
    if not platforms:
        return answer
    lines = [
        api.PlatformLine(
            platform=each.platform,
            outcome=str(each.decision.decision.outcome),
            decision=each.decision.id,
            text=render(each.decision.decision),
        )
        for each in platforms
    ]
    said = [f"{line.platform}: {line.outcome}" for line in lines]
    said += [f"{name}: not asked, {answer.environment} does not run it" for name in not_run]
    # What passes without a word needs none more; each that does not says why under its name.
    texts = [f"{line.platform}\n{line.text}" for line in lines if line.outcome != "allow"] or [answer.text]
    text = "\n".join(said) + "\n\n" + "\n\n".join(texts)
    return answer.model_copy(update={"text": text, "platforms": lines, "not_asked": list(not_run)})


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
        platforms=[
            api.PlatformLine(platform=each.platform, outcome=str(each.outcome), decision=each.decision)
            for each in promotion.platforms
        ],
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
