"""`/api/v1/rebase`: put another base under an image, or only prove that it may be done."""

from fastapi import APIRouter

from lading.api import rebase as api
from lading.foundation.errors import Malformed
from lading.lineage.proof import Allowances, PlatformProof
from lading.server.management.asking import Asking, Services
from lading.server.management.images import own_reference
from lading.workflows.go_back import go_back
from lading.workflows.rebase_image import Rebased, RebaseRequest, rebase_image

router = APIRouter(tags=["rebase"])

ALLOWANCES = ("other-release", "older-packages", "other-variant")


@router.post("/rebase")
def post_rebase(services: Services, caller: Asking, body: api.RebaseBody) -> api.RebaseAnswer:
    """Rebase an image without building it again; where that is not proven, say why and change nothing."""
    image, onto = own_reference(services, body.image), own_reference(services, body.onto)
    request = RebaseRequest(
        repository=image.repository,
        reference=image.tag_or_digest,
        onto_repository=onto.repository,
        onto=onto.tag_or_digest,
        old=body.old_base,
        tag=body.tag,
        dry_run=body.dry_run,
        allow=allowances(body.allow),
        reason=body.reason,
    )
    return rebase_answer(rebase_image(services.rebasing, caller, request, services.clock()))


@router.post("/rebase/back")
def post_back(services: Services, caller: Asking, body: api.BackBody) -> api.BackAnswer:
    """Move the tags of an image that was rebased or patched back to what it was made from."""
    image = own_reference(services, body.image)
    went = go_back(
        services.signing.push,
        caller,
        image.repository,
        image.tag_or_digest,
        services.clock(),
        reason=body.reason,
    )
    return api.BackAnswer(
        repository=went.repository,
        image=str(went.image),
        made_from=str(went.made_from),
        method=went.method,
        tags=list(went.tags),
        containers=went.containers,
    )


def allowances(names: list[str]) -> Allowances:
    """Read what the asker lets pass; raise Malformed for what is no such thing."""
    unknown = [name for name in names if name not in ALLOWANCES]
    if unknown:
        raise Malformed(
            "allowance-unknown",
            f"{unknown[0][:40]!r} cannot be allowed",
            hint=f"one of {', '.join(ALLOWANCES)}",
        )
    return Allowances(*(name in names for name in ALLOWANCES))


def rebase_answer(done: Rebased) -> api.RebaseAnswer:
    """What came of a rebase, as a message."""
    return api.RebaseAnswer(
        repository=done.repository,
        image=str(done.image),
        onto=str(done.onto),
        verdict=str(done.verdict),
        allowed=done.verdict.allows,
        digest=str(done.digest or ""),
        tag=done.tag,
        proof=str(done.proof_digest or ""),
        platforms=[_proof(proof) for proof in done.proofs],
    )


def _proof(proof: PlatformProof) -> api.ProofLine:
    return api.ProofLine(
        platform=proof.platform,
        image=str(proof.app),
        old_base=str(proof.old_base),
        new_base=str(proof.new_base),
        verdict=str(proof.verdict),
        files=proof.files,
        programs=proof.programs,
        fixed=[fix.path for fix in proof.fixes],
        remarks=[
            api.RemarkLine(rule=str(one.rule), weight=str(one.weight), path=one.path, reason=one.reason)
            for one in proof.remarks
        ],
    )
