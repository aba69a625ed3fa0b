"""What waits for other people: opened by those who ask, voted on by those who may, taken back, delegated.

1. Who votes may do what is voted on, or stands in for somebody who may.
2. Accounts of one human are one person: none of them agrees to what another asked for.
3. Every vote is kept with its comment, and written into the audit log in the same transaction.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lading.access.principal import Principal, PrincipalKind
from lading.approvals.approval import (
    Approval,
    ApprovalKind,
    ApprovalRules,
    ApprovalState,
    Delegation,
    Vote,
    cast,
    givers_for,
    withdraw,
)
from lading.foundation.errors import Forbidden, Malformed, NotFound
from lading.foundation.instants import rfc3339
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.workflows.rights import current_principal, require_signed_in

MAX_DELEGATION = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be approved. ``environments`` are those that it concerns: they may ask for more people."""

    kind: ApprovalKind
    subject: str
    title: str
    environments: tuple[str, ...] = ()
    ticket: str = ""
    evidence: Mapping[str, object] | None = None
    deadline: datetime | None = None


def open_approval(
    kept: RecordSet, caller: Caller, asked: Asked, now: datetime, *, rules: ApprovalRules, approval_id: str
) -> Approval:
    """Keep an approval that waits, in the transaction of what it is about."""
    approval = Approval(
        id=approval_id,
        kind=asked.kind,
        subject=asked.subject,
        title=asked.title,
        requester=str(caller.principal),
        requester_person=person_behind(kept, caller.principal),
        requested_at=now,
        deadline=asked.deadline or now + rules.deadline,
        quorum=rules.quorum(asked.kind, asked.environments),
        ticket=asked.ticket,
        evidence=dict(asked.evidence or {}),
    )
    kept.governance.add_approval(approval)
    return approval


def cast_vote(
    kept: RecordSet,
    caller: Caller,
    approval: Approval,
    may: Callable[[Caller], bool],
    *,
    approves: bool,
    comment: str,
    now: datetime,
) -> Approval:
    """Count what the caller says, by the numbered steps; raise Forbidden or Conflict."""
    # Step 1.
    person = person_behind(kept, caller.principal)
    stands_in_for = "" if may(caller) else _giver(kept, caller, person, may, now)
    # Step 2.
    vote = Vote(str(caller.principal), person, approves, now, comment.strip(), stands_in_for)
    counted = cast(approval, vote)
    # Step 3.
    kept.governance.change_approval(approval, counted)
    details: dict[str, object] = {
        "approval": approval.id,
        "about": approval.subject,
        "approves": approves,
        "comment": vote.comment,
        "on_behalf_of": stands_in_for,
        "missing": counted.missing,
        "state": counted.state.value,
    }
    kept.audit.append(caller.did("approval.vote", f"{approval.kind} {approval.title}", now, **details))
    return counted


def take_back(kept: RecordSet, caller: Caller, kind: ApprovalKind, subject: str, now: datetime) -> None:
    """Withdraw what waits, where the caller asked for it; nothing where nothing waits."""
    approval = kept.governance.approval_of(kind, subject)
    person = person_behind(kept, caller.principal)
    if approval is None or approval.stands(now) is not ApprovalState.WAITING:
        return
    if approval.requester_person.casefold() == person.casefold():
        kept.governance.change_approval(approval, withdraw(approval, person, now))


def person_behind(kept: RecordSet, principal: Principal) -> str:
    """Name the human behind an account; a machine is only itself."""
    if principal.kind is PrincipalKind.PERSON:
        user = kept.people.user(principal.name)
        if user is not None and user.person:
            return f"{PrincipalKind.PERSON}:{user.person}"
    return str(principal)


def list_approvals(
    records: Records,
    caller: Caller,
    *,
    state: str = "",
    kind: str = "",
    after: str = "",
    limit: int = DEFAULT_LIMIT,
) -> Page[Approval]:
    """Give approvals, newest first, to whoever is signed in."""
    require_signed_in(caller)
    with records.read() as kept:
        return kept.governance.approvals(state=state, kind=kind, after=after, limit=limit)


def find_approval(records: Records, caller: Caller, approval_id: str) -> Approval:
    """Give one; raise NotFound."""
    require_signed_in(caller)
    with records.read() as kept:
        found = kept.governance.approval(approval_id)
    if found is None:
        raise NotFound("approval-unknown", f"there is no approval {approval_id[:80]!r}")
    return found


@dataclass(frozen=True, slots=True)
class DelegationRequest:
    """Who is to stand in for the caller, until when, and why."""

    taker: str
    until: datetime
    reason: str


def delegate(
    records: Records, caller: Caller, request: DelegationRequest, delegation_id: str, now: datetime
) -> Delegation:
    """Let somebody stand in for the caller; raise Malformed or NotFound."""
    require_signed_in(caller)
    if caller.principal.kind is not PrincipalKind.PERSON:
        raise Forbidden("delegation-by-machine", "only people let others stand in for them")
    if not now < request.until <= now + MAX_DELEGATION:
        raise Malformed("delegation-end", f"it ends in the future, after at most {MAX_DELEGATION.days} days")
    if not request.reason.strip():
        raise Malformed("delegation-reason", "it has a reason")
    with records.write() as kept:
        if kept.people.user(request.taker) is None:
            raise NotFound("user-unknown", f"there is no user {request.taker[:80]!r}")
        giver = person_behind(kept, caller.principal)
        taker = person_behind(kept, Principal(PrincipalKind.PERSON, request.taker))
        if giver.casefold() == taker.casefold():
            raise Malformed("delegation-self", "nobody stands in for themselves")
        given = Delegation(delegation_id, giver, taker, request.until, request.reason.strip(), now)
        kept.governance.add_delegation(given)
        details = {"taker": taker, "until": rfc3339(given.until), "reason": given.reason}
        kept.audit.append(caller.did("delegation.give", given.id, now, **details))
    return given


def end_delegation(records: Records, caller: Caller, delegation_id: str, now: datetime) -> None:
    """End what the caller gave or took, or, for an administrator, anybody's."""
    with records.write() as kept:
        person = person_behind(kept, caller.principal)
        found = [one for one in kept.governance.delegations(now=now) if one.id == delegation_id]
        if not found or not (caller.principal.admin or person in {found[0].giver, found[0].taker}):
            raise NotFound("delegation-unknown", f"there is no delegation {delegation_id[:80]!r} of yours")
        kept.governance.end_delegation(delegation_id, now)
        kept.audit.append(caller.did("delegation.end", delegation_id, now))


def list_delegations(records: Records, caller: Caller, now: datetime) -> tuple[Delegation, ...]:
    """Give the delegations that hold, to whoever is signed in."""
    require_signed_in(caller)
    with records.read() as kept:
        return kept.governance.delegations(now=now)


def _giver(kept: RecordSet, caller: Caller, person: str, may: Callable[[Caller], bool], now: datetime) -> str:
    """Find somebody whom the caller stands in for and who may vote on this."""
    for giver in givers_for(person, _usable(kept.governance.delegations(now=now)), now):
        named = Principal(PrincipalKind.PERSON, giver.partition(":")[2])
        principal = current_principal(kept.people, named, now)
        if principal is not None and may(replace(caller, principal=principal)):
            return giver
    raise Forbidden(
        "access-denied",
        f"{caller.principal} may not approve this",
        hint="ask somebody with a role that may, or who stands in for one",
    )


def _usable(delegations: Iterable[Delegation]) -> Iterable[Delegation]:
    return (one for one in delegations if one.giver.startswith(f"{PrincipalKind.PERSON}:"))
