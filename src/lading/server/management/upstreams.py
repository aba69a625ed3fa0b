"""`/api/v1/upstreams` and `/api/v1/caches`: other registries, and what is brought in from them."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response

from lading.api import upstreams as api
from lading.api.message import Listing
from lading.foundation.instants import rfc3339
from lading.oci.digest import Digest
from lading.ports.remote_registry import Absent, Unanswered
from lading.registry.upstreams import Cache
from lading.server.management.asking import Asking, Services
from lading.server.management.gates import Id
from lading.server.management.images import Limit
from lading.workflows import upstream_accounts as upstreams

router = APIRouter(tags=["upstreams"])
Prefix = Annotated[str, Query(max_length=255)]


@router.get("/upstreams")
def get_upstreams(services: Services, caller: Asking) -> Listing[api.UpstreamLine]:
    """List upstreams, and how each of them answers."""
    now = services.clock()
    found = upstreams.list_upstreams(services.records, caller, now)
    return Listing(items=[_line(each, now) for each in found])


@router.put("/upstreams/{name}")
def put_upstream(services: Services, caller: Asking, name: Id, body: api.UpstreamAsk) -> api.UpstreamMade:
    """Make an upstream, or change it."""
    asked = upstreams.NewUpstream(
        name,
        body.url,
        body.user,
        body.password,
        timedelta(seconds=body.fresh_seconds),
        body.requests_per_hour,
    )
    made = upstreams.put_upstream(services.records, services.secrets, caller, asked, services.clock())
    return api.UpstreamMade(name=made.name, url=made.url)


@router.delete("/upstreams/{name}", status_code=204, response_class=Response)
def delete_upstream(services: Services, caller: Asking, name: Id) -> Response:
    """Forget an upstream that no cache is of."""
    upstreams.remove_upstream(services.records, caller, name, services.clock())
    return Response(status_code=204)


@router.post("/upstreams/{name}/try")
def post_try(services: Services, caller: Asking, name: Id, body: api.UpstreamTrial) -> api.UpstreamTried:
    """Ask an upstream for a tag, at once, and say what came of it."""
    answer = upstreams.try_upstream(services.cache, caller, name, body.repository, body.tag)
    match answer:
        case Digest():
            return api.UpstreamTried(answer="present", digest=str(answer), said="")
        case Absent(said):
            return api.UpstreamTried(answer="absent", digest="", said=said)
        case Unanswered(why):
            return api.UpstreamTried(answer="unanswered", digest="", said=why)


@router.get("/caches")
def get_caches(services: Services, caller: Asking) -> Listing[api.CacheLine]:
    """List caches."""
    return Listing(items=[_cache(each) for each in upstreams.list_caches(services.records, caller)])


@router.put("/caches")
def put_cache(services: Services, caller: Asking, body: api.CacheAsk) -> api.CacheLine:
    """Bind the repositories below a prefix to an upstream."""
    made = upstreams.put_cache(
        services.records,
        caller,
        prefix=body.prefix,
        upstream=body.upstream,
        remote_prefix=body.remote_prefix,
        namespace=body.namespace,
        now=services.clock(),
    )
    return _cache(made)


@router.get("/caches/tags")
def get_cached_tags(
    services: Services,
    caller: Asking,
    prefix: Prefix,
    after: Annotated[str, Query(max_length=400)] = "",
    limit: Limit = 100,
) -> Listing[api.CachedTagLine]:
    """List what is held of the tags of a cache."""
    page = upstreams.list_cached_tags(services.records, caller, prefix, after=after, limit=limit)
    items = [
        api.CachedTagLine(
            repository=each.repository,
            tag=each.name,
            digest=str(each.digest),
            checked_at=rfc3339(each.checked_at),
            stale=each.stale,
        )
        for each in page.items
    ]
    return Listing(items=items, next=page.next)


@router.delete("/caches", status_code=204, response_class=Response)
def delete_cache(services: Services, caller: Asking, prefix: Prefix) -> Response:
    """Unbind the repositories below a prefix. What is held stays."""
    upstreams.remove_cache(services.records, caller, prefix, services.clock())
    return Response(status_code=204)


def _cache(cache: Cache) -> api.CacheLine:
    return api.CacheLine(
        prefix=cache.prefix,
        upstream=cache.upstream,
        remote_prefix=cache.remote_prefix,
        namespace=cache.namespace,
        made_at=rfc3339(cache.made_at),
        made_by=cache.made_by,
    )


def _line(shown: upstreams.ShownUpstream, now: datetime) -> api.UpstreamLine:
    upstream, standing = shown.upstream, shown.standing
    return api.UpstreamLine(
        name=upstream.name,
        url=upstream.url,
        user=upstream.user,
        fresh_seconds=int(upstream.fresh_for.total_seconds()),
        requests_per_hour=upstream.requests_per_hour,
        spent=shown.spent,
        held_until=_moment(_ahead(standing.held_until, now)),
        spared_until=_moment(_ahead(standing.spared_until, now)),
        answered_at=_moment(standing.answered_at),
        failed_at=_moment(standing.failed_at),
        failure=standing.failure,
        made_at=rfc3339(upstream.made_at),
        made_by=upstream.made_by,
    )


def _ahead(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is not None and at > now else None


def _moment(at: datetime | None) -> str:
    return rfc3339(at) if at is not None else ""
