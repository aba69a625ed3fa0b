"""`/api/v1/policy/…`: signing it, comparing two, and which gate asks which."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool

from lading.api import approvals as api
from lading.api import gates
from lading.foundation.errors import Malformed, NotFound
from lading.foundation.instants import rfc3339
from lading.oci.digest import Digest
from lading.policy.evidence import Gate
from lading.policy.policy_changes import changes_between
from lading.policy.policy_file import parse_policy
from lading.server.management.asking import Asking, Services
from lading.server.management.policy_lines import policy_effect, policy_text
from lading.workflows.change_policy import show_version, sign_policy
from lading.workflows.policy_drift import GateReport, forget_gate, gates_beside_policy, report_gate
from lading.workflows.policy_in_force import policy_standing
from lading.workflows.replay_policy import ReplaySpan, compare_policies
from lading.workflows.rights import require_signed_in

router = APIRouter(tags=["gates"])

Id = Annotated[str, Path(max_length=200)]
Name = Annotated[str, Query(max_length=300)]


@router.post("/policy/sign")
def post_signature(
    services: Services, caller: Asking, digest: Annotated[str, Query(max_length=200)]
) -> gates.PolicyText:
    """Put a policy in force again, signed by the server: who asks vouches for the text of this digest."""
    return policy_text(sign_policy(services.gate, caller, Digest.parse(digest), services.clock()))


@router.get("/policy/versions/{digest}")
def get_version(services: Services, caller: Asking, digest: Id) -> gates.PolicyText:
    """Show a policy that is or was in force, as it was written."""
    return policy_text(show_version(services.gate, caller, Digest.parse(digest)))


@router.post("/policy/compare")
async def post_comparison(
    services: Services, caller: Asking, body: api.PolicyPair, days: Annotated[int, Query(ge=1, le=365)] = 30
) -> api.PolicyComparison:
    """Say what changes from one policy to another: in writing, and in what was decided in the last days."""
    require_signed_in(caller)

    def measure() -> api.PolicyComparison:
        before, after = _text(services, body.before), _text(services, body.after)
        old, new = parse_policy(before, "before"), parse_policy(after, "after")
        since = services.clock() - timedelta(days=days)
        tally = compare_policies(services.gate, caller, before, after, ReplaySpan(since))
        written = changes_between(old, new)
        return api.PolicyComparison(
            before=str(old.digest),
            after=str(new.digest),
            rules_added=list(written.added),
            rules_removed=list(written.removed),
            rules_changed=list(written.changed),
            rollout_changed=written.rollout,
            effect=policy_effect(new, rfc3339(since), tally),
        )

    return await run_in_threadpool(measure)


@router.get("/policy/gates")
def get_gates(services: Services, caller: Asking) -> api.GatesBesidePolicy:
    """List every gate that was heard of, with the policy that it asks, beside the one in force."""
    found = gates_beside_policy(services.gate, caller, services.clock())
    standing = found.standing
    return api.GatesBesidePolicy(
        policy=standing.policy.name,
        in_force=str(standing.policy.digest),
        number=standing.document.number if standing.document else 0,
        signed_by=standing.signed_by,
        passed_over=list(standing.passed_over),
        gates=[
            api.GateLine(
                gate=one.sighting.gate,
                name=one.sighting.name,
                policy=one.sighting.policy,
                version=one.sighting.version,
                seen_at=rfc3339(one.sighting.seen_at),
                standing=one.standing.value,
            )
            for one in found.gates
        ],
    )


@router.post("/policy/gates", status_code=204)
def post_gate_report(services: Services, caller: Asking, body: api.GateReport) -> None:
    """Say which policy a gate elsewhere asks."""
    if body.gate not in set(Gate):
        raise Malformed("gate-unknown", f"{body.gate[:40]!r} is no gate", hint=f"one of {', '.join(Gate)}")
    said = GateReport(Gate(body.gate), body.name, body.policy, body.version)
    report_gate(services.gate, caller, said, services.clock())


@router.delete("/policy/gates", status_code=204)
def delete_gate(services: Services, caller: Asking, gate: Name, name: Name) -> None:
    """Forget a gate that is no more."""
    forget_gate(services.gate, caller, gate, name, services.clock())


def _text(services: Services, given: str) -> bytes:
    """A policy that is given whole, by its digest, or as the one in force."""
    if given and "\n" in given:
        return given.encode()
    with services.records.read() as kept:
        if not given:
            return policy_standing(kept, services.gate.policy).text.encode()
        found = kept.governance.policy_text(Digest.parse(given))
    if found is None:
        raise NotFound("policy-unknown", f"there is no policy {given[:80]!r}")
    return found.encode()
