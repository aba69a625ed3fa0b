"""`/api/v1/advisories`: how feeds stand, fetching them, and bundles of them."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from lading.access.verbs import Verb
from lading.advisories.bundle import MAX_LINE, parse_index
from lading.api.feeds import BundleLine, FeedGapLine, FeedHealthLine, FetchLine
from lading.api.message import Listing
from lading.foundation.bounded import iter_lines
from lading.foundation.errors import OverLimit
from lading.foundation.instants import rfc3339
from lading.registry.caller import Caller
from lading.server.management.asking import Asking, Services
from lading.server.management.services import ManagementServices
from lading.workflows.advisory_bundles import export_bundle, import_bundle
from lading.workflows.drop_feed import drop_feed
from lading.workflows.feed_standing import FeedReport, feed_gaps, feed_reports
from lading.workflows.fetch_feeds import FetchPorts, fetch_feeds
from lading.workflows.match_packages import match_packages
from lading.workflows.rights import require_on_installation, require_signed_in

router = APIRouter(prefix="/advisories", tags=["knowledge"])

MAX_BUNDLE = 8 << 30  # bytes as sent
MAX_INDEX = 1 << 30  # bytes; some 120 for each advisory


@router.get("/health")
def get_health(services: Services, caller: Asking) -> Listing[FeedHealthLine]:
    """Tell how each feed stands that is held or subscribed to."""
    require_signed_in(caller)
    feeds = services.feeds
    reports = feed_reports(services.records, feeds.subscriptions.feeds, feeds.max_age, services.clock())
    return Listing(items=[_health(report) for report in reports])


@router.get("/gaps")
def get_gaps(services: Services, caller: Asking) -> Listing[FeedGapLine]:
    """Tell of which packages nothing can be told, because no advisories for them are held."""
    require_signed_in(caller)
    return Listing(
        items=[
            FeedGapLine(realm=gap.words, packages=gap.packages, feeds=list(gap.feeds))
            for gap in feed_gaps(services.records)
        ]
    )


@router.delete("/feeds/{name:path}", status_code=204)
def delete_feed(services: Services, caller: Asking, name: str) -> None:
    """Take out a feed, with everything that rests on its word alone."""
    drop_feed(services.records, caller, name, services.clock())


@router.post("/fetch")
def post_fetch(services: Services, caller: Asking, feed: str = "") -> Listing[FetchLine]:
    """Fetch a feed now, or all that are subscribed to."""
    require_on_installation(caller, Verb.ADMINISTER)
    feeds = services.feeds
    ports = FetchPorts(services.records, feeds.source, feeds.open_fetched)
    wanted = (feed,) if feed else feeds.subscriptions.feeds
    done = fetch_feeds(ports, caller, feeds.subscriptions, wanted, services.clock)
    return Listing(
        items=[FetchLine(feed=each.feed, changed=each.changed, problem=each.problem) for each in done]
    )


@router.get("/bundle")
def get_bundle(services: Services, caller: Asking) -> FileResponse:
    """Export all that is known from feeds, as one signed bundle."""
    return _export(services, caller, None)


@router.post("/bundle")
async def post_bundle(request: Request, services: Services, caller: Asking) -> FileResponse:
    """Export what changed since the bundle whose index is the body."""
    require_on_installation(caller, Verb.ADMINISTER)
    async with _spooled(request, MAX_INDEX) as file:
        return await asyncio.to_thread(_export_since, services, caller, file)


@router.post("/bundles")
async def post_bundles(
    request: Request, services: Services, caller: Asking, force: bool = False
) -> Listing[BundleLine]:
    """Import a bundle: all of it, or nothing and why."""
    require_on_installation(caller, Verb.ADMINISTER)
    async with _spooled(request, MAX_BUNDLE) as file:
        return await asyncio.to_thread(_import, services, caller, file, force)


@contextlib.asynccontextmanager
async def _spooled(request: Request, limit: int) -> AsyncIterator[Path]:
    with tempfile.NamedTemporaryFile(prefix="bundle-") as spool:
        received = 0
        async for chunk in request.stream():
            received += len(chunk)
            if received > limit:
                raise OverLimit("bundle-too-large", f"at most {limit} bytes", details={"limit": limit})
            await asyncio.to_thread(spool.write, chunk)
        await asyncio.to_thread(spool.flush)
        yield Path(spool.name)


def _export_since(services: ManagementServices, caller: Caller, index: Path) -> FileResponse:
    with index.open("rb") as content:
        base = parse_index(iter_lines(content, max_line=MAX_LINE, what="the index"))
    return _export(services, caller, base)


def _export(
    services: ManagementServices, caller: Caller, base: Mapping[str, Mapping[str, bytes]] | None
) -> FileResponse:
    require_on_installation(caller, Verb.ADMINISTER)
    with tempfile.NamedTemporaryFile(prefix="bundle-", suffix=".zip", delete=False) as made:
        file = Path(made.name)
    try:
        with services.feeds.writing_bundle(file) as sink:
            export_bundle(
                services.records,
                caller,
                services.signing.signer,
                sink,
                services.clock(),
                maker=services.registry,
                base=base,
            )
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    return FileResponse(
        file,
        media_type="application/zip",
        filename="advisories.zip",
        background=BackgroundTask(file.unlink, missing_ok=True),
    )


def _import(services: ManagementServices, caller: Caller, file: Path, force: bool) -> Listing[BundleLine]:
    trusted = (services.signing.signer.public_key, *services.feeds.bundle_keys)
    with services.feeds.open_bundle(file) as bundle:
        done = import_bundle(services.records, caller, bundle, trusted, services.clock(), force=force)
    for _ in match_packages(services.records, services.clock()):
        pass
    return Listing(
        items=[
            BundleLine(
                feed=each.feed,
                count=each.count,
                added=each.added,
                changed=each.changed,
                removed=each.removed,
                unchanged=each.unchanged,
            )
            for each in done
        ]
    )


def _health(report: FeedReport) -> FeedHealthLine:
    state, fetch = report.state, report.fetch
    return FeedHealthLine(
        name=report.name,
        standing=str(report.health.standing),
        words=report.health.words,
        count=state.count if state else 0,
        imported_at=rfc3339(state.imported_at) if state else "",
        published_at=rfc3339(state.published_at) if state and state.published_at else "",
        attempted_at=rfc3339(fetch.attempted_at) if fetch else "",
        url=fetch.url if fetch else "",
        speaks_for=[each.realm.words for each in report.speaks_for],
    )
