"""Say yes or no to whatever waits: one door, behind which each kind does its own when enough have agreed."""

from datetime import datetime

from lading.approvals.approval import Approval, ApprovalKind
from lading.foundation.errors import Malformed
from lading.registry.caller import Caller
from lading.workflows import change_policy, promote, waive
from lading.workflows.approvals import find_approval
from lading.workflows.gate import GatePorts
from lading.workflows.hold_change import HoldPorts, vote_on_change


def vote(
    ports: GatePorts,
    caller: Caller,
    approval_id: str,
    now: datetime,
    *,
    approves: bool,
    comment: str = "",
    hold: HoldPorts | None = None,
) -> Approval:
    """Count the caller's vote, and do what was asked for when enough have agreed.

    ``hold`` is what accepting a change at an upstream needs. Raises Forbidden for who may not, NotFound,
    Conflict where it is concluded, and whatever doing it raises.
    """
    approval = find_approval(ports.sources.records, caller, approval_id)
    match approval.kind:
        case ApprovalKind.WAIVER | ApprovalKind.BREAK_GLASS:
            act = waive.approve if approves else waive.reject
            act(ports, caller, approval.subject, now, comment=comment)
        case ApprovalKind.PROMOTION:
            if approves:
                promote.approve_promotion(ports, caller, approval.subject, now, comment=comment)
            else:
                promote.reject_promotion(ports, caller, approval.subject, now, comment=comment)
        case ApprovalKind.POLICY:
            change_policy.vote_on_policy(ports, caller, approval, now, approves=approves, comment=comment)
        case ApprovalKind.REVIEW:
            waive.review(ports, caller, approval, now, approves=approves, comment=comment)
        case ApprovalKind.INTAKE if hold is not None:
            vote_on_change(hold, caller, approval, now, approves=approves, comment=comment)
        case ApprovalKind.KEY_USE | ApprovalKind.INTAKE:
            raise Malformed("approval-kind", f"nothing here asks for the approval of {approval.kind}")
    return find_approval(ports.sources.records, caller, approval_id)
