"""The policy in force: who signed it, how far it goes by now, which gate asks it, what was before."""

from lading.console.answers import Answer, Page
from lading.console.formats.instants import instant
from lading.console.frame import Section
from lading.console.views.policy import PolicyView, gate_row, rollout_row, signature_badge, version_row
from lading.console.visit import Visit
from lading.workflows.policy_drift import gates_beside_policy

VERSIONS = 20


def show(visit: Visit) -> Answer:
    """Show it."""
    now = visit.now
    found = gates_beside_policy(visit.services.gate, visit.caller, now)
    standing = found.standing
    with visit.services.records.read() as kept:
        versions = kept.governance.policies(limit=VERSIONS).items
    document = standing.document
    view = PolicyView(
        name=standing.policy.name,
        digest=str(standing.policy.digest),
        number=document.number if document else 0,
        rules=len(standing.policy.rules),
        set_at=instant(document.set_at, now) if document else None,
        set_by=document.set_by if document else "",
        signature=signature_badge(standing),
        passed_over=standing.passed_over,
        rollout=tuple(rollout_row(step, now) for step in standing.policy.rollout),
        gates=tuple(gate_row(one, now) for one in found.gates),
        versions=tuple(version_row(one, standing, now) for one in versions),
    )
    return Page("policy.html", "Policy", Section.POLICY, view)
