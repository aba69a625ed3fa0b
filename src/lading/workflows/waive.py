"""Waivers: asked for by one person, approved by another, revoked, listed.

1. Who is signed in may ask. The rules named are rules of the policy in force.
2. How long it may last depends on the worst that it would excuse.
3. Who approves may approve waivers on every repository and in every environment of the scope, and is
   somebody else.
4. Who asked, and who may approve, may revoke.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lading.access.principal import PrincipalKind
from lading.access.verbs import Verb
from lading.advisories.advisory import Severity
from lading.foundation.errors import Forbidden, Malformed, NotFound, Unauthenticated
from lading.foundation.instants import rfc3339
from lading.policy.rule import Policy
from lading.policy.waiver import (
    Waiver,
    WaiverScope,
    approve_waiver,
    request_waiver,
    revoke_waiver,
)
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import RecordSet
from lading.registry.caller import BoundRights, Caller
from lading.workflows.gate import GatePorts
from lading.workflows.policy_in_force import policy_in_force

_BY_WEIGHT = tuple(Severity)


@dataclass(frozen=True, slots=True)
class WaiverRequest:
    """What somebody asks for."""

    scope: WaiverScope
    reason: str
    ticket: str
    expires: datetime


def ask_for_waiver(ports: GatePorts, caller: Caller, request: WaiverRequest, now: datetime) -> Waiver:
    """Keep a waiver that waits for its approval; raise Malformed or Forbidden where it may not be so."""
    # Step 1.
    if caller.principal.kind is PrincipalKind.ANONYMOUS:
        raise Unauthenticated("sign-in-required", "asking for a waiver needs a sign-in")
    with ports.sources.records.write() as kept:
        policy = policy_in_force(kept, ports.shipped_policy)
        # Step 2.
        waiver = request_waiver(
            waiver_id=ports.new_id(),
            scope=request.scope,
            reason=request.reason,
            ticket=request.ticket,
            requester=caller.principal,
            expires=request.expires,
            severity=_worst(kept, policy, request.scope),
            now=now,
            bounds=ports.bounds,
        )
        kept.governance.add_waiver(waiver)
        kept.audit.append(caller.did("waiver.request", waiver.id, now, **_details(waiver)))
    return waiver


def approve(ports: GatePorts, caller: Caller, waiver_id: str, now: datetime) -> Waiver:
    """Let a waiver count from now on; raise Forbidden, NotFound or Conflict."""
    with ports.sources.records.write() as kept:
        waiver = _require(kept, waiver_id)
        # Step 3.
        if not may_approve_waiver(caller, waiver.scope):
            raise Forbidden(
                "access-denied",
                f"{caller.principal} may not approve waivers for all of {waiver.scope.repositories.text}",
                hint="ask somebody with a role that has approve-waiver there",
            )
        approved = approve_waiver(waiver, caller.principal, now)
        kept.governance.change_waiver(waiver, approved)
        kept.audit.append(caller.did("waiver.approve", waiver.id, now, **_details(approved)))
    return approved


def revoke(ports: GatePorts, caller: Caller, waiver_id: str, now: datetime) -> Waiver:
    """End a waiver at once; raise Forbidden, NotFound or Conflict."""
    with ports.sources.records.write() as kept:
        waiver = _require(kept, waiver_id)
        # Step 4.
        if waiver.requester != str(caller.principal) and not may_approve_waiver(caller, waiver.scope):
            raise Forbidden("access-denied", f"{caller.principal} may not revoke waiver {waiver.id}")
        revoked = revoke_waiver(waiver, caller.principal, now)
        kept.governance.change_waiver(waiver, revoked)
        kept.audit.append(caller.did("waiver.revoke", waiver.id, now, **_details(revoked)))
    return revoked


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
    if not isinstance(caller.rights, BoundRights):
        return False
    if caller.principal.admin:
        return True
    return any(
        Verb.APPROVE_WAIVER in binding.verbs
        and binding.repositories.covers(scope.repositories)
        and (not binding.environment or scope.environments == (binding.environment,))
        for binding in caller.rights.bindings.iter_for(caller.principal)
    )


def _details(waiver: Waiver) -> dict[str, object]:
    scope = waiver.scope
    return {
        "repositories": scope.repositories.text,
        "rules": list(scope.rules),
        "vulnerabilities": list(scope.vulnerabilities),
        "image": str(scope.digest or ""),
        "environments": list(scope.environments),
        "reason": waiver.reason,
        "ticket": waiver.ticket,
        "requester": waiver.requester,
        "approver": waiver.approver,
        "expires": rfc3339(waiver.expires),
    }
