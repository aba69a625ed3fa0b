"""`/api/v1/collections`: what nobody needs, and collecting it."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from lading.api import storage as api
from lading.api.message import Listing
from lading.foundation.instants import rfc3339
from lading.registry.collection import Collection, Tally, share_done, time_left
from lading.server.management.asking import Asking, Services
from lading.workflows import collect_garbage
from lading.workflows.preview_collection import preview_collection

router = APIRouter(tags=["storage"])

Hours = Annotated[int, Query(ge=1, le=8760)]


@router.get("/collections")
def get_collections(
    services: Services, caller: Asking, limit: Annotated[int, Query(ge=1, le=100)] = 10
) -> Listing[api.CollectionLine]:
    """List the newest collections, newest first."""
    runs = collect_garbage.list_collections(services.records, caller, limit=limit)
    return Listing(items=[collection_line(run) for run in runs])


@router.post("/collections", status_code=201)
def post_collection(services: Services, caller: Asking, body: api.CollectionAsk) -> api.CollectionLine:
    """Begin a collection beside everything else. One at a time."""
    asked = collect_garbage.CollectionAsked(
        timedelta(hours=body.grace_hours), services.collect.asked.uploads_kept
    )
    now, run_id = services.clock(), services.new_id()
    return collection_line(
        collect_garbage.start_collection(services.collect, caller, asked, now, run_id=run_id)
    )


@router.post("/collections/stop")
def post_stop(services: Services, caller: Asking) -> api.CollectionLine:
    """Ask the collection under way to stop after what it is doing."""
    return collection_line(collect_garbage.stop_collection(services.collect, caller, services.clock()))


@router.post("/collections/resume")
def post_resume(services: Services, caller: Asking) -> api.CollectionLine:
    """Go on with the newest collection where it was."""
    return collection_line(collect_garbage.resume_collection(services.collect, caller, services.clock()))


@router.get("/collections/preview")
def get_preview(services: Services, caller: Asking, grace_hours: Hours = 24) -> api.CollectionPreviewed:
    """Tell what a collection would free, by project, without freeing it."""
    asked = collect_garbage.CollectionAsked(timedelta(hours=grace_hours), services.collect.asked.uploads_kept)
    preview = preview_collection(services.records, services.blobs, caller, asked, services.clock())
    return api.CollectionPreviewed(
        freed=preview.freed,
        projects=[
            api.ProjectFreeable(project=project, links=links, freed=freed)
            for project, links, freed in preview.by_project()
        ],
        repositories=[
            api.RepositoryFreeable(repository=each.repository, links=each.links, freed=each.freed)
            for each in preview.repositories
        ],
        orphans=_tally(preview.orphans),
        uploads=_tally(preview.uploads),
        strays=_tally(preview.strays),
        analyses=preview.analyses,
    )


def collection_line(run: Collection) -> api.CollectionLine:
    """A collection as the API shows it."""
    left = time_left(run)
    return api.CollectionLine(
        id=run.id,
        state=run.state.value,
        step=run.step.value,
        share=round(share_done(run), 4),
        seconds_left=-1 if left is None else round(left.total_seconds()),
        removed=run.removed,
        freed=run.freed,
        grace_hours=run.grace / timedelta(hours=1),
        steps={step: _tally(tally) for step, tally in run.tallies.items()},
        started_at=rfc3339(run.started_at),
        started_by=run.started_by,
        updated_at=rfc3339(run.updated_at or run.started_at),
        ended_at=rfc3339(run.ended_at) if run.ended_at else "",
        stopping=run.stop_asked,
        problem=run.problem,
    )


def _tally(tally: Tally) -> api.TallyLine:
    return api.TallyLine(examined=tally.examined, removed=tally.removed, freed=tally.freed)
