"""`/api/v1/mirrors`: curated mirrors of upstreams."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response

from lading.api import mirrors as api
from lading.api.message import Listing
from lading.foundation.instants import rfc3339
from lading.ports.records.mirrors import MirrorRun
from lading.registry.mirrors import MirrorRule, TagState
from lading.registry.tag_pattern import TagPattern
from lading.server.management.asking import Asking, Services
from lading.server.management.gates import Id
from lading.server.management.images import Limit
from lading.workflows import mirror_rules as mirrors

router = APIRouter(tags=["mirrors"])


@router.get("/mirrors")
def get_mirrors(services: Services, caller: Asking) -> Listing[api.MirrorLine]:
    """List mirrors, with their last runs."""
    return Listing(items=[_line(each) for each in mirrors.list_mirrors(services.records, caller)])


@router.put("/mirrors/{name}")
def put_mirror(services: Services, caller: Asking, name: Id, body: api.MirrorAsk) -> api.MirrorAsked:
    """Make a mirror, or change its rule."""
    now = services.clock()
    rule = MirrorRule(
        name=name,
        upstream=body.upstream,
        repositories=tuple(dict.fromkeys(body.repositories)),
        prefix=body.prefix,
        tags=TagPattern.parse(body.tags),
        versions=body.versions,
        newest=body.newest,
        min_age=timedelta(hours=min(max(body.min_age_hours, -1), 1_000_000)),
        trust_created=body.trust_created,
        signers=tuple(body.signers),
        every_hours=body.every_hours,
        made_at=now,
        made_by=str(caller.principal),
    )
    mirrors.put_mirror(services.records, caller, rule, now)
    return api.MirrorAsked(name=name)


@router.delete("/mirrors/{name}", status_code=204, response_class=Response)
def delete_mirror(services: Services, caller: Asking, name: Id) -> Response:
    """Forget a mirror. What it has brought in stays."""
    mirrors.remove_mirror(services.records, caller, name, services.clock())
    return Response(status_code=204)


@router.get("/mirrors/{name}/tags")
def get_mirror_tags(
    services: Services,
    caller: Asking,
    name: Id,
    state: TagState | None = None,
    after: Annotated[str, Query(max_length=400)] = "",
    limit: Limit = 100,
) -> Listing[api.MirrorTagLine]:
    """List what is known of the tags of a mirror."""
    page = mirrors.list_mirror_tags(services.records, caller, name, state=state, after=after, limit=limit)
    items = [
        api.MirrorTagLine(
            repository=each.repository,
            tag=each.tag,
            state=each.state,
            why=each.why,
            digest=str(each.digest),
            first_seen_at=rfc3339(each.first_seen_at),
            taken=str(each.taken or ""),
            taken_at=_moment(each.taken_at),
            looked_at=rfc3339(each.looked_at),
        )
        for each in page.items
    ]
    return Listing(items=items, next=page.next)


@router.post("/mirrors/{name}/preview")
def post_preview(services: Services, caller: Asking, name: Id) -> api.MirrorPreview:
    """Tell what a run would do now. Asks the upstream, and brings nothing in."""
    found, ended_early = mirrors.preview(services.mirrors, caller, name)
    items = [
        api.PreviewLine(
            repository=each.repository,
            tag=each.tag,
            state=each.state,
            why=each.why,
            digest=str(each.digest or ""),
            taken=str((each.known.taken if each.known else None) or ""),
        )
        for each in found
    ]
    return api.MirrorPreview(items=items, ended_early=ended_early)


@router.post("/mirrors/{name}/run", status_code=202)
def post_run(services: Services, caller: Asking, name: Id) -> api.MirrorAsked:
    """Have a mirror run now, in the background."""
    mirrors.run_now(services.mirrors, caller, name, services.clock())
    return api.MirrorAsked(name=name)


def _line(shown: mirrors.ShownMirror) -> api.MirrorLine:
    rule = shown.rule
    return api.MirrorLine(
        name=rule.name,
        upstream=rule.upstream,
        repositories=list(rule.repositories),
        prefix=rule.prefix,
        tags=rule.tags.text,
        versions=rule.versions,
        newest=rule.newest,
        min_age_hours=int(rule.min_age / timedelta(hours=1)),
        trust_created=rule.trust_created,
        signers=list(rule.signers),
        every_hours=rule.every_hours,
        made_at=rfc3339(rule.made_at),
        made_by=rule.made_by,
        run=_run(shown.run) if shown.run is not None else None,
        counts={str(state): count for state, count in sorted(shown.counts.items())},
    )


def _run(run: MirrorRun) -> api.MirrorRunLine:
    return api.MirrorRunLine(
        started_at=rfc3339(run.started_at),
        ended_at=_moment(run.ended_at),
        looked=run.looked,
        brought=run.brought,
        at=run.at,
        failures=list(run.failures),
    )


def _moment(at: datetime | None) -> str:
    return rfc3339(at) if at is not None else ""
