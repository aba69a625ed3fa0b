"""Waivers: asked for by one person, approved by others, revoked, listed; break-glass, which is one for hours.

1. Who is signed in may ask. The rules named are rules of the policy in force.
2. How long it may last depends on the worst that it would excuse.
3. Who approves may approve waivers on every repository and in every environment of the scope, and is
   somebody else.
4. Who asked, and who may approve, may revoke.
5. A break-glass excuses everything in its scope for some hours. Approving it opens its review, which somebody
   concludes who did not ask for it.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import Principal, PrincipalKind
from lading.access.verbs import Verb
from lading.advisories.advisory import Severity
from lading.approvals.approval import Approval, ApprovalKind, ApprovalState, givers_for
from lading.foundation.errors import Conflict, Forbidden, Malformed, NotFound, Unauthenticated
from lading.foundation.instants import rfc3339
from lading.policy.rule import Policy
from lading.policy.waiver import (
    EVERY_RULE,
    Waiver,
    WaiverKind,
    WaiverScope,
    WaiverState,
    approve_waiver,
    check_waiver_approver,
    request_waiver,
    revoke_waiver,
)
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import RecordSet
from lading.registry.caller import BoundRights, Caller
from lading.workflows.approvals import Asked, cast_vote, open_approval, person_behind, take_back
from lading.workflows.blast_radius import blast_radius
from lading.workflows.gate import GatePorts
from lading.workflows.policy_in_force import policy_in_force

_BY_WEIGHT = tuple(Severity)
REVIEW_WITHIN = timedelta(days=7)  # after a break-glass has ended


@dataclass(frozen=True, slots=True)
class WaiverRequest:
    """What somebody asks for."""

    scope: WaiverScope
    reason: str
    ticket: str
    expires: datetime
    kind: WaiverKind = WaiverKind.WAIVER
    risk: str = ""
    control: str = ""
    renews: str = ""  # id of the waiver that it follows


def ask_for_waiver(ports: GatePorts, caller: Caller, request: WaiverRequest, now: datetime) -> Waiver:
    """Keep a waiver that waits for its approval; raise Malformed or Forbidden where it may not be so."""
    # Step 1.
    if caller.principal.kind is PrincipalKind.ANONYMOUS:
        raise Unauthenticated("sign-in-required", "asking for a waiver needs a sign-in")
    with ports.sources.records.write() as kept:
        policy = policy_in_force(kept, ports.policy)
        glass = request.kind is WaiverKind.BREAK_GLASS
        # Step 2.
        waiver = request_waiver(
            waiver_id=ports.new_id(),
            scope=request.scope,
            reason=request.reason,
            ticket=request.ticket,
            requester=caller.principal,
            expires=request.expires,
            severity=Severity.CRITICAL if glass else _worst(kept, policy, request.scope),
            now=now,
            bounds=ports.bounds,
            kind=request.kind,
            risk=request.risk,
            control=request.control,
            before=_renewed(kept, request),
        )
        kept.governance.add_waiver(waiver)
        radius = blast_radius(kept, policy, waiver, now, ports.bounds)
        asked = Asked(
            ApprovalKind.BREAK_GLASS if glass else ApprovalKind.WAIVER,
            waiver.id,
            _title(waiver),
            waiver.scope.environments,
            waiver.ticket,
            {**_details(waiver), "policy": str(policy.digest), "blast_radius": radius.as_evidence()},
            min(waiver.expires, now + ports.approvals.deadline),
        )
        open_approval(kept, caller, asked, now, rules=ports.approvals, approval_id=ports.new_id())
        action = "break-glass.request" if glass else "waiver.request"
        kept.audit.append(caller.did(action, waiver.id, now, **_details(waiver)))
    return waiver


def approve(ports: GatePorts, caller: Caller, waiver_id: str, now: datetime, *, comment: str = "") -> Waiver:
    """Agree to a waiver; it counts when enough have. Raises Forbidden, NotFound or Conflict."""
    with ports.sources.records.write() as kept:
        waiver = _require(kept, waiver_id)
        # Step 3.
        if not _vote(kept, caller, waiver, now, approves=True, comment=comment):
            return waiver
        approved = approve_waiver(waiver, caller.principal, now)
        kept.governance.change_waiver(waiver, approved)
        glass = waiver.kind is WaiverKind.BREAK_GLASS
        action = "break-glass.start" if glass else "waiver.approve"
        kept.audit.append(caller.did(action, waiver.id, now, **_details(approved)))
        if glass:
            _open_review(kept, ports, approved, now)
    return approved


def reject(ports: GatePorts, caller: Caller, waiver_id: str, now: datetime, *, comment: str = "") -> Waiver:
    """Refuse a waiver that waits; raise Forbidden, NotFound or Conflict."""
    with ports.sources.records.write() as kept:
        waiver = _require(kept, waiver_id)
        _vote(kept, caller, waiver, now, approves=False, comment=comment)
        refused = revoke_waiver(waiver, caller.principal, now)
        kept.governance.change_waiver(waiver, refused)
        kept.audit.append(caller.did("waiver.reject", waiver.id, now, **_details(refused)))
    return refused


def revoke(ports: GatePorts, caller: Caller, waiver_id: str, now: datetime) -> Waiver:
    """End a waiver at once; raise Forbidden, NotFound or Conflict."""
    with ports.sources.records.write() as kept:
        waiver = _require(kept, waiver_id)
        # Step 4.
        if waiver.requester != str(caller.principal) and not may_approve_waiver(caller, waiver.scope):
            raise Forbidden("access-denied", f"{caller.principal} may not revoke waiver {waiver.id}")
        revoked = revoke_waiver(waiver, caller.principal, now)
        kept.governance.change_waiver(waiver, revoked)
        take_back(kept, caller, _kind(waiver), waiver.id, now)
        kept.audit.append(caller.did("waiver.revoke", waiver.id, now, **_details(revoked)))
    return revoked


def review(
    ports: GatePorts, caller: Caller, approval: Approval, now: datetime, *, approves: bool, comment: str
) -> None:
    """Conclude the review of a break-glass: somebody else says in words whether it was right."""
    if not comment.strip():
        raise Malformed("review-words", "a review says in words what was found")
    with ports.sources.records.write() as kept:
        waiver = _require(kept, approval.subject)
        cast_vote(
            kept,
            caller,
            approval,
            lambda one: may_approve_waiver(one, waiver.scope),
            approves=approves,
            comment=comment,
            now=now,
        )


def _vote(
    kept: RecordSet, caller: Caller, waiver: Waiver, now: datetime, *, approves: bool, comment: str
) -> bool:
    """Count a vote; say whether the waiver is concluded by it. One from before there were votes needs one."""
    if not _may_vote(kept, caller, waiver, now):
        raise Forbidden(
            "access-denied",
            f"{caller.principal} may not approve waivers for all of {waiver.scope.repositories.text}",
            hint="ask somebody with a role that has approve-waiver there",
        )
    approval = kept.governance.approval_of(_kind(waiver), waiver.id)
    if approval is None:
        return True
    if waiver.state(now) is not WaiverState.REQUESTED:
        raise Conflict("waiver-not-open", f"waiver {waiver.id} is {waiver.state(now)} already")
    if approves:
        check_waiver_approver(waiver, caller.principal)
    counted = cast_vote(
        kept,
        caller,
        approval,
        lambda one: may_approve_waiver(one, waiver.scope),
        approves=approves,
        comment=comment,
        now=now,
    )
    return counted.state is not ApprovalState.WAITING


def _may_vote(kept: RecordSet, caller: Caller, waiver: Waiver, now: datetime) -> bool:
    if may_approve_waiver(caller, waiver.scope):
        return True
    person = person_behind(kept, caller.principal)
    return bool(givers_for(person, kept.governance.delegations(now=now), now))


def _open_review(kept: RecordSet, ports: GatePorts, waiver: Waiver, now: datetime) -> None:
    # Step 5. In the name of who asked: they are the one who may not conclude it.
    name = waiver.requester.partition(":")[2]
    asker = Caller(Principal(PrincipalKind.PERSON, name), BoundRights(NO_BINDINGS))
    title = f"Was it right? {_title(waiver)}"
    evidence = _details(waiver)
    deadline = waiver.expires + REVIEW_WITHIN
    asked = Asked(ApprovalKind.REVIEW, waiver.id, title, (), waiver.ticket, evidence, deadline)
    open_approval(kept, asker, asked, now, rules=ports.approvals, approval_id=ports.new_id())


def _renewed(kept: RecordSet, request: WaiverRequest) -> Waiver | None:
    if not request.renews:
        return None
    before = _require(kept, request.renews)
    if before.scope.repositories != request.scope.repositories or before.scope.rules != request.scope.rules:
        raise Malformed("waiver-renewal", f"waiver {before.id} excuses something else", hint="ask anew")
    return before


def _kind(waiver: Waiver) -> ApprovalKind:
    glass = waiver.kind is WaiverKind.BREAK_GLASS
    return ApprovalKind.BREAK_GLASS if glass else ApprovalKind.WAIVER


def _title(waiver: Waiver) -> str:
    scope = waiver.scope
    what = ", ".join((*scope.rules, *scope.vulnerabilities)) if scope.rules != EVERY_RULE else "everything"
    where = f" in {', '.join(scope.environments)}" if scope.environments else ""
    return f"{what} on {scope.repositories.text}{where}"


def list_waivers(
    ports: GatePorts, caller: Caller, *, after: str = "", limit: int = DEFAULT_LIMIT
) -> Page[Waiver]:
    """Give every waiver, newest first, to whoever is signed in."""
    if caller.principal.kind is PrincipalKind.ANONYMOUS:
        raise Unauthenticated("sign-in-required", "listing waivers needs a sign-in")
    with ports.sources.records.read() as kept:
        return kept.governance.waivers(after=after, limit=limit)


def _require(kept: RecordSet, waiver_id: str) -> Waiver:
    waiver = kept.governance.waiver(waiver_id)
    if waiver is None:
        raise NotFound("waiver-unknown", f"there is no waiver {waiver_id[:80]!r}")
    return waiver


def _worst(kept: RecordSet, policy: Policy, scope: WaiverScope) -> Severity:
    """Find the severity of the worst that would be excused.

    A waiver of named vulnerabilities is as grave as these; one of whole rules, as grave as the rules.
    """
    known = {rule.id: rule.severity for rule in policy.rules}
    for rule in scope.rules:
        if rule not in known:
            close = difflib.get_close_matches(rule, known, n=1)
            raise Malformed(
                "rule-unknown",
                f"the policy in force has no rule {rule[:80]!r}",
                hint=f"did you mean {close[0]!r}?" if close else "",
            )
    if not scope.vulnerabilities:
        return _gravest([known[rule] for rule in scope.rules])
    advisories = [found for name in scope.vulnerabilities for found in kept.advisories.named(name)]
    return _gravest([advisory.severity for advisory in advisories])


def _gravest(severities: Sequence[Severity]) -> Severity:
    return max(severities, key=_BY_WEIGHT.index, default=Severity.UNKNOWN)


def may_approve_waiver(caller: Caller, scope: WaiverScope) -> bool:
    """Whether the caller may approve waivers on all of this scope."""
    if not isinstance(caller.rights, BoundRights) or caller.principal.reading_only:
        return False
    if caller.principal.admin:
        return True
    return any(
        binding.repositories.covers(scope.repositories)
        and (not binding.environment or scope.environments == (binding.environment,))
        for binding in caller.rights.bindings.iter_granting(caller.principal, Verb.APPROVE_WAIVER)
    )


def _details(waiver: Waiver) -> dict[str, object]:
    scope = waiver.scope
    return {
        "repositories": scope.repositories.text,
        "rules": list(scope.rules),
        "vulnerabilities": list(scope.vulnerabilities),
        "image": str(scope.digest or ""),
        "environments": list(scope.environments),
        "only": list(scope.only),
        "risk": waiver.risk,
        "control": waiver.control,
        "renewals": waiver.renewals,
        "reason": waiver.reason,
        "ticket": waiver.ticket,
        "requester": waiver.requester,
        "approver": waiver.approver,
        "expires": rfc3339(waiver.expires),
    }
