"""`/api/v1/advice`: what to do first across the fleet."""

from fastapi import APIRouter

from lading.api.advice import ActionLine, AdviceList, SignalLine
from lading.matching.action import Action
from lading.server.management.asking import Asking, Services
from lading.workflows.advise import advise
from lading.workflows.rights import require_signed_in

router = APIRouter(tags=["knowledge"])


@router.get("/advice")
def get_advice(services: Services, caller: Asking) -> AdviceList:
    """Tell which updates remove most, where, and why they come first."""
    require_signed_in(caller)
    advice = advise(services.records, caller)
    return AdviceList(
        actions=[_line(action) for action in advice.actions],
        signals=[SignalLine(name=each.name, made_at=each.made_at) for each in advice.signals],
    )


def _line(action: Action) -> ActionLine:
    return ActionLine(
        kind=action.kind.value,
        subject=action.subject,
        target=action.target,
        says=action.words,
        reasons=list(action.reasons),
        critical=action.critical,
        high=action.high,
        others=action.others,
        images=action.images,
        containers=action.containers,
        teams=list(action.teams),
        exploited=list(action.exploited),
        likeliest=action.likeliest,
        question=action.question,
    )
