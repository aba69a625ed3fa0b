"""`/api/v1/gate`, `/decisions`, `/policy`, `/waivers`: may it pass, by which rules, and what is excused."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool

from lading.access.repository_pattern import RepositoryPattern
from lading.api import gates as api
from lading.api.message import Listing
from lading.foundation.errors import Malformed
from lading.oci.digest import Digest
from lading.oci.reference import parse_reference
from lading.policy.evidence import Gate
from lading.policy.policy_file import parse_policy
from lading.policy.waiver import WaiverScope
from lading.server.management.asking import Asking, Services
from lading.server.management.gate_lines import gate_answer, parse_instant, platforms_answer, waiver_line
from lading.server.management.images import Limit
from lading.server.management.policy_lines import policy_text
from lading.workflows import waive
from lading.workflows.change_policy import set_policy
from lading.workflows.evidence_sources import Asked
from lading.workflows.gate import try_policy
from lading.workflows.platform_verdicts import ask_platforms
from lading.workflows.policy_in_force import check_policy, policy_standing
from lading.workflows.rights import require_signed_in
from lading.workflows.show_decision import show_decision

router = APIRouter(tags=["gates"])

Id = Annotated[str, Path(max_length=80)]


@router.post("/gate")
def post_gate(services: Services, caller: Asking, body: api.GateRequest) -> api.GateAnswer:
    """Ask whether an image may pass. The answer is kept, with its evidence, and audited.

    With a ``policy`` it is what that policy would say, and nothing is kept.
    """
    require_signed_in(caller)
    if body.gate not in set(Gate):
        raise Malformed("gate-unknown", f"{body.gate[:40]!r} is no gate", hint=f"one of {', '.join(Gate)}")
    reference = parse_reference(body.reference, default_registry=services.registry)
    asked = Asked(Gate(body.gate), body.environment, reference)
    if body.policy:
        policy = parse_policy(body.policy.encode(), "policy")
        return gate_answer(try_policy(services.gate, caller, asked, policy, services.clock()))
    said = ask_platforms(services.gate, caller, asked, services.clock())
    return platforms_answer(said.decision, said.platforms, said.not_run)


@router.get("/decisions/{decision_id}")
def get_decision(services: Services, caller: Asking, decision_id: Id) -> api.GateAnswer:
    """Show a decision as it was made."""
    return gate_answer(show_decision(services.records, caller, decision_id))


@router.get("/policy")
def get_policy(services: Services, caller: Asking) -> api.PolicyText:
    """Show the policy in force."""
    require_signed_in(caller)
    with services.records.read() as kept:
        return policy_text(policy_standing(kept, services.gate.policy))


@router.put("/policy")
async def put_policy(request: Request, services: Services, caller: Asking) -> api.PolicyCheck:
    """Put the policy of the body in force, when its own examples come out as written."""
    content = await request.body()

    def activate() -> api.PolicyCheck:
        set_policy(services.gate, caller, content, services.clock())
        return _checked(content)

    # Reading a policy and running its examples takes up to seconds of processor time.
    return await run_in_threadpool(activate)


@router.post("/policy/check")
async def post_policy_check(request: Request, caller: Asking) -> api.PolicyCheck:
    """Read the policy of the body and run its examples; nothing is changed."""
    require_signed_in(caller)
    content = await request.body()
    return await run_in_threadpool(_checked, content)


@router.get("/waivers")
def get_waivers(
    services: Services, caller: Asking, after: str = "", limit: Limit = 100
) -> Listing[api.WaiverLine]:
    """List waivers, newest first."""
    page = waive.list_waivers(services.gate, caller, after=after, limit=limit)
    now = services.clock()
    return Listing(items=[waiver_line(waiver, now) for waiver in page.items], next=page.next)


@router.post("/waivers", status_code=201)
def post_waiver(services: Services, caller: Asking, body: api.WaiverAsk) -> api.WaiverLine:
    """Ask for a waiver. It counts when somebody else has approved it."""
    now = services.clock()
    scope = WaiverScope(
        repositories=RepositoryPattern.parse(body.repositories),
        rules=tuple(body.rules),
        vulnerabilities=tuple(body.vulnerabilities),
        digest=Digest.parse(body.digest) if body.digest else None,
        environments=tuple(body.environments),
        only=tuple(body.only),
    )
    request = waive.WaiverRequest(
        scope,
        body.reason,
        body.ticket,
        parse_instant(body.expires),
        risk=body.risk,
        control=body.control,
        renews=body.renews,
    )
    return waiver_line(waive.ask_for_waiver(services.gate, caller, request, now), now)


@router.post("/waivers/{waiver_id}/approve")
def post_approval(services: Services, caller: Asking, waiver_id: Id) -> api.WaiverLine:
    """Let a waiver count. Never by who asked for it."""
    now = services.clock()
    return waiver_line(waive.approve(services.gate, caller, waiver_id, now), now)


@router.post("/waivers/{waiver_id}/revoke")
def post_revocation(services: Services, caller: Asking, waiver_id: Id) -> api.WaiverLine:
    """End a waiver at once."""
    now = services.clock()
    return waiver_line(waive.revoke(services.gate, caller, waiver_id, now), now)


def _checked(content: bytes) -> api.PolicyCheck:
    checked = check_policy(content, "policy")
    return api.PolicyCheck(
        name=checked.policy.name,
        digest=str(checked.policy.digest),
        rules=len(checked.policy.rules),
        examples=len(checked.tests),
        failed=[
            f"line {test.test.line}: the rule {test.rule} says {test.got}, not {test.test.expect}"
            for test in checked.failed
        ],
        rule_ids=[rule.id for rule in checked.policy.rules],
    )
