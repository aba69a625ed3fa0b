"""`/api/v1/approvals`, `/delegations`, `/break-glass`, `/hygiene`, and the effect of policies."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from lading.access.repository_pattern import RepositoryPattern
from lading.api import approvals as api
from lading.api.gates import WaiverLine
from lading.api.message import Listing
from lading.approvals.approval import Approval, Delegation
from lading.foundation.instants import rfc3339
from lading.policy.policy_file import parse_policy
from lading.policy.waiver import EVERY_RULE, WaiverKind, WaiverScope
from lading.server.management.asking import Asking, Services
from lading.server.management.gate_lines import parse_instant, waiver_line
from lading.server.management.gates import Id
from lading.server.management.images import Limit
from lading.server.management.policy_lines import policy_effect
from lading.workflows import approvals, waive
from lading.workflows.change_policy import PolicyProposal, propose_policy
from lading.workflows.hygiene import hygiene
from lading.workflows.replay_policy import ReplaySpan, replay_policy
from lading.workflows.vote import vote

router = APIRouter(tags=["approvals"])


@router.get("/approvals")
def get_approvals(
    services: Services, caller: Asking, state: str = "", of: str = "", after: str = "", limit: Limit = 100
) -> Listing[api.ApprovalLine]:
    """List what waits or waited for other people, newest first."""
    page = approvals.list_approvals(services.records, caller, state=state, kind=of, after=after, limit=limit)
    now = services.clock()
    return Listing(items=[approval_line(one, now) for one in page.items], next=page.next)


@router.get("/approvals/{approval_id}")
def get_approval(services: Services, caller: Asking, approval_id: Id) -> api.ApprovalLine:
    """Show one, with the evidence as it was when it was asked for."""
    return approval_line(approvals.find_approval(services.records, caller, approval_id), services.clock())


@router.post("/approvals/{approval_id}/vote")
def post_vote(services: Services, caller: Asking, approval_id: Id, body: api.VoteAsk) -> api.ApprovalLine:
    """Agree or refuse. Never to what one asked for."""
    now = services.clock()
    done = vote(
        services.gate,
        caller,
        approval_id,
        now,
        approves=body.approves,
        hold=services.mirrors.hold,
        comment=body.comment,
    )
    return approval_line(done, now)


@router.get("/delegations")
def get_delegations(services: Services, caller: Asking) -> Listing[api.DelegationLine]:
    """List who stands in for whom."""
    found = approvals.list_delegations(services.records, caller, services.clock())
    return Listing(items=[_delegation(one) for one in found])


@router.post("/delegations", status_code=201)
def post_delegation(services: Services, caller: Asking, body: api.DelegationAsk) -> api.DelegationLine:
    """Let somebody stand in for the caller."""
    request = approvals.DelegationRequest(body.taker, parse_instant(body.until), body.reason)
    given = approvals.delegate(services.records, caller, request, services.new_id(), services.clock())
    return _delegation(given)


@router.delete("/delegations/{delegation_id}", status_code=204)
def delete_delegation(services: Services, caller: Asking, delegation_id: Id) -> None:
    """End it."""
    approvals.end_delegation(services.records, caller, delegation_id, services.clock())


@router.post("/break-glass", status_code=201)
def post_break_glass(services: Services, caller: Asking, body: api.BreakGlassAsk) -> WaiverLine:
    """Ask for everything to be excused for some hours. It counts when somebody else agrees."""
    now = services.clock()
    scope = WaiverScope(
        RepositoryPattern.parse(body.repositories), rules=EVERY_RULE, environments=(body.environment,)
    )
    ends = now + timedelta(hours=min(max(body.hours, 0.0), 10_000.0))
    request = waive.WaiverRequest(scope, body.reason, body.ticket, ends, WaiverKind.BREAK_GLASS)
    return waiver_line(waive.ask_for_waiver(services.gate, caller, request, now), now)


@router.get("/hygiene")
def get_hygiene(services: Services, caller: Asking) -> Listing[api.HygieneLine]:
    """List what weakens the gates: unused exemptions, wide scopes, rules that let pass."""
    found = hygiene(services.gate, caller, services.clock())
    return Listing(
        items=[
            api.HygieneLine(
                weakness=one.weakness.value, subject=one.subject, says=one.says, advice=one.advice
            )
            for one in found
        ]
    )


@router.post("/policy/replay")
async def post_replay(
    request: Request, services: Services, caller: Asking, days: Annotated[int, Query(ge=1, le=365)] = 30
) -> api.PolicyEffect:
    """Say what the policy of the body would have done to what was decided in the last days."""
    content = await request.body()

    def measure() -> api.PolicyEffect:
        policy = parse_policy(content, "policy")
        since = services.clock() - timedelta(days=days)
        tally = replay_policy(services.gate, caller, content, ReplaySpan(since))
        return policy_effect(policy, rfc3339(since), tally)

    return await run_in_threadpool(measure)


@router.post("/policy/proposals", status_code=201)
def post_proposal(services: Services, caller: Asking, body: api.PolicyProposalAsk) -> api.ApprovalLine:
    """Propose a policy. It is put in force when enough others agree, who see its effect."""
    now = services.clock()
    proposal = PolicyProposal(body.policy.encode(), body.reason, body.ticket)
    return approval_line(propose_policy(services.gate, caller, proposal, now), now)


def approval_line(one: Approval, now: datetime) -> api.ApprovalLine:
    """An approval as it stands at ``now``."""
    return api.ApprovalLine(
        id=one.id,
        kind=one.kind.value,
        subject=one.subject,
        title=one.title,
        state=one.stands(now).value,
        requester=one.requester,
        requested_at=rfc3339(one.requested_at),
        deadline=rfc3339(one.deadline),
        quorum=one.quorum,
        missing=one.missing,
        ticket=one.ticket,
        evidence=dict(one.evidence),
        votes=[
            api.VoteLine(
                by=each.by,
                person=each.person,
                approves=each.approves,
                at=rfc3339(each.at),
                comment=each.comment,
                on_behalf_of=each.on_behalf_of,
            )
            for each in one.votes
        ],
    )


def _delegation(one: Delegation) -> api.DelegationLine:
    return api.DelegationLine(
        id=one.id, giver=one.giver, taker=one.taker, until=rfc3339(one.until), reason=one.reason
    )
