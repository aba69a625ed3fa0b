"""`/api/v1/scrubs`: reading all content again, and what was found damaged."""

from typing import Annotated

from fastapi import APIRouter, Query

from lading.api import storage as api
from lading.api.message import Listing
from lading.foundation.instants import rfc3339
from lading.registry.scrub import Scrub, share_read
from lading.server.management.asking import Asking, Services
from lading.workflows.scrub_storage import run_scrub, stop_scrub
from lading.workflows.show_scrubs import DamagedBlob, list_damage, scrub_standing

router = APIRouter(tags=["storage"])

_MOST_COUNTED = 1000


@router.get("/scrubs")
def get_scrubs(services: Services, caller: Asking) -> api.ScrubsShown:
    """Tell when all content was read last, and how far the newest passes are."""
    standing = scrub_standing(services.records, caller)
    damaged = list_damage(services.records, caller, limit=_MOST_COUNTED).items
    last = standing.last_whole
    return api.ScrubsShown(
        items=[scrub_line(run) for run in standing.runs],
        last_scrubbed_at=rfc3339(last.ended_at) if last and last.ended_at else "",
        damaged=len(damaged),
    )


@router.post("/scrubs", status_code=201)
def post_scrub(services: Services, caller: Asking) -> api.ScrubLine:
    """Begin a pass, or go on with one that was stopped or failed. One at a time."""
    return scrub_line(run_scrub(services.scrub, caller, services.clock(), run_id=services.new_id()))


@router.post("/scrubs/stop")
def post_stop(services: Services, caller: Asking) -> api.ScrubLine:
    """Ask the pass under way to stop."""
    return scrub_line(stop_scrub(services.scrub, caller, services.clock()))


@router.get("/scrubs/damage")
def get_damage(
    services: Services,
    caller: Asking,
    healed: bool = False,
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Listing[api.DamageLine]:
    """List damaged blobs, with the images that have them and what runs from those; or healed ones."""
    page = list_damage(services.records, caller, healed=healed, after=after, limit=limit)
    return Listing(items=[_damage_line(each) for each in page.items], next=page.next)


def scrub_line(run: Scrub) -> api.ScrubLine:
    """A pass as the API shows it."""
    return api.ScrubLine(
        id=run.id,
        state=run.state.value,
        step=run.step.value,
        share=round(share_read(run), 4),
        blobs=run.read.blobs,
        bytes=run.read.bytes,
        damaged=run.read.damaged,
        healed=run.read.healed,
        started_at=rfc3339(run.started_at),
        started_by=run.started_by,
        updated_at=rfc3339(run.updated_at or run.started_at),
        ended_at=rfc3339(run.ended_at) if run.ended_at else "",
        stopping=run.stop_asked,
        problem=run.problem,
    )


def _damage_line(found: DamagedBlob) -> api.DamageLine:
    damage = found.damage
    return api.DamageLine(
        digest=str(damage.digest),
        state=damage.state.value,
        found_at=rfc3339(damage.found_at),
        size=damage.size,
        healed_at=rfc3339(damage.healed_at) if damage.healed_at else "",
        healed_by=damage.healed_by,
        images=[
            api.AffectedLine(image=f"{each.repository}@{each.digest}", tags=list(each.tags), owner=each.owner)
            for each in found.images
        ],
        running=[
            api.AffectedContainerLine(
                host=container.host,
                container=container.name or container.id[:12],
                image=container.image_reference,
                owner=owner,
            )
            for container, owner in found.running
        ],
    )
