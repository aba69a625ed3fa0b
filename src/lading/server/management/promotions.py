"""`/api/v1/environments`, `/pointers`, `/promotions`, `/rollbacks`: moving images between environments."""

from fastapi import APIRouter

from lading.access.verbs import Verb
from lading.api import gates as api
from lading.api.message import Listing
from lading.foundation.instants import rfc3339
from lading.oci.reference import parse_reference
from lading.promotion.environments import Environment
from lading.server.management.asking import Asking, Services
from lading.server.management.gate_lines import platforms_answer, promotion_line
from lading.server.management.gates import Id
from lading.server.management.images import Limit
from lading.workflows import promote
from lading.workflows.read_environments import load_environments
from lading.workflows.rights import require_signed_in
from lading.workflows.set_platforms import set_platforms

router = APIRouter(tags=["promotions"])


@router.get("/environments")
def get_environments(services: Services, caller: Asking) -> Listing[api.EnvironmentLine]:
    """List environments, each after those that it is entered from."""
    require_signed_in(caller)
    with services.records.read() as kept:
        graph = load_environments(kept)
    return Listing(items=[_environment_line(each) for each in graph.all])


@router.put("/environments/{name}/platforms")
def put_platforms(
    services: Services, caller: Asking, name: Id, body: api.PlatformsAsk
) -> api.EnvironmentLine:
    """Say which platforms an environment runs; each of them is asked about at the next promotion."""
    return _environment_line(set_platforms(services.records, caller, name, body.platforms, services.clock()))


@router.get("/pointers")
def get_pointers(
    services: Services, caller: Asking, environment: str = "", after: str = "", limit: Limit = 100
) -> Listing[api.PointerLine]:
    """List which digest each environment has of each repository that the caller may see."""
    require_signed_in(caller)
    with services.records.read() as kept:
        page = kept.governance.pointers(environment=environment, after=after, limit=limit)
    items = [
        api.PointerLine(
            environment=each.environment,
            repository=each.repository,
            digest=str(each.digest),
            moved_at=rfc3339(each.moved_at),
            moved_by=each.moved_by,
        )
        for each in page.items
        if caller.may(Verb.READ_EVIDENCE, each.repository)
    ]
    return Listing(items=items, next=page.next)


@router.get("/promotions")
def get_promotions(
    services: Services, caller: Asking, repository: str = "", after: str = "", limit: Limit = 100
) -> Listing[api.PromotionLine]:
    """List promotions, newest first, of repositories that the caller may see."""
    require_signed_in(caller)
    with services.records.read() as kept:
        page = kept.governance.promotions(repository=repository, after=after, limit=limit)
    items = [promotion_line(each) for each in page.items if caller.may(Verb.READ_EVIDENCE, each.repository)]
    return Listing(items=items, next=page.next)


@router.post("/promotions", status_code=201)
def post_promotion(services: Services, caller: Asking, body: api.PromotionAsk) -> api.PromotionResult:
    """Ask for an image to move into an environment. Denied is an answer, with what to do about it."""
    reference = parse_reference(body.reference, default_registry=services.registry)
    request = promote.PromotionRequest(reference, body.target, body.reason, body.ticket)
    return _result(promote.promote(services.gate, caller, request, services.clock()))


@router.post("/promotions/{promotion_id}/approve")
def post_approval(services: Services, caller: Asking, promotion_id: Id) -> api.PromotionResult:
    """Let a promotion that waits go on; the gate is asked again. Never by who asked for it."""
    return _result(promote.approve_promotion(services.gate, caller, promotion_id, services.clock()))


@router.post("/promotions/{promotion_id}/reject")
def post_rejection(services: Services, caller: Asking, promotion_id: Id) -> api.PromotionLine:
    """Say no to a promotion that waits."""
    return promotion_line(promote.reject_promotion(services.gate, caller, promotion_id, services.clock()))


@router.post("/rollbacks", status_code=201)
def post_rollback(services: Services, caller: Asking, body: api.RollbackAsk) -> api.PromotionResult:
    """Move an environment back to what it had of a repository before."""
    request = promote.RollbackRequest(body.repository, body.target, body.reason, body.ticket)
    return _result(promote.roll_back(services.gate, caller, request, services.clock()))


def _environment_line(environment: Environment) -> api.EnvironmentLine:
    return api.EnvironmentLine(
        name=environment.name,
        after=list(environment.after),
        needs_approval=environment.needs_approval,
        description=environment.description,
        platforms=list(environment.platforms),
    )


def _result(answer: promote.PromotionAnswer) -> api.PromotionResult:
    return api.PromotionResult(
        promotion=promotion_line(answer.promotion),
        decision=platforms_answer(answer.decision, answer.platforms, answer.not_run),
    )
