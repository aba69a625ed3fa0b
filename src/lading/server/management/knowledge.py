"""`/api/v1/who-has`, `/api/v1/advisories`: what is known of flaws, and who has them."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request

from lading.advisories.advisory import Severity
from lading.advisories.all_formats import format_of
from lading.api.knowledge import (
    Acknowledge,
    AcknowledgementLine,
    AlertLine,
    FeedImport,
    FeedLine,
    HolderLine,
    HolderPlace,
    WhoHas,
)
from lading.api.message import Listing
from lading.foundation.errors import OverLimit
from lading.foundation.instants import rfc3339
from lading.matching.question import MAX_QUESTION
from lading.packages.purl import package_url
from lading.ports.records.advisories import FeedState
from lading.registry.caller import Caller
from lading.server.management.asking import Asking, Services
from lading.server.management.images import Limit
from lading.server.management.services import ManagementServices
from lading.workflows.alerts import Alert, AlertFilter, acknowledge_alert, list_alerts
from lading.workflows.import_advisories import FeedArrival, ImportOutcome, import_advisories, iter_refused
from lading.workflows.match_packages import match_packages
from lading.workflows.rights import require_signed_in
from lading.workflows.who_has import Holder, who_has

router = APIRouter(tags=["knowledge"])

MAX_FEED = 4 << 30  # bytes as sent; all of OSV has some 1 GB


@router.get("/who-has")
def get_who_has(
    services: Services,
    caller: Asking,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=MAX_QUESTION,
            description="a CVE or alias, a package with versions, a purl, license:, path:, sha256:, and what"
            " narrows it: owner:, base:, env:, since:, until:, running:yes, at:",
        ),
    ],
    at: Annotated[str, Query(max_length=40, description="a date: the answer as of then")] = "",
    after: str = "",
    limit: Limit = 100,
) -> WhoHas:
    """Tell which images and running containers have a flaw or a package, and who answers for them."""
    require_signed_in(caller)
    asked = f"{q} at:{at}" if at else q
    answer = who_has(services.records, caller, asked, after=after, limit=limit)
    return WhoHas(
        question=q,
        names=list(answer.about.flaws),
        summary=answer.about.summary,
        severity=str(answer.about.severity),
        known_exploited=answer.about.known_exploited,
        known=answer.about.known,
        images=answer.reach.images if answer.reach else None,
        containers=answer.reach.containers if answer.reach else None,
        at=rfc3339(answer.at) if answer.at else "",
        holders=[_holder(holder) for holder in answer.holders.items],
        next=answer.holders.next,
    )


@router.get("/alerts")
def get_alerts(
    services: Services,
    caller: Asking,
    team: Annotated[str, Query(max_length=200, description="who answers, or nobody")] = "",
    severity: Severity | None = None,
    waiting: Annotated[bool, Query(description="only what got worse and nobody acknowledged")] = False,
    after: str = "",
    limit: Limit = 100,
) -> Listing[AlertLine]:
    """List verdicts that changed, the newest first, of images that the caller may see."""
    require_signed_in(caller)
    wanted = AlertFilter(team, severity, waiting)
    page = list_alerts(services.records, caller, wanted, after=after, limit=limit)
    return Listing(items=[_alert(alert) for alert in page.items], next=page.next)


@router.post("/alerts/{number}/acknowledgement", status_code=201)
def post_acknowledgement(
    services: Services, caller: Asking, number: int, body: Acknowledge
) -> AcknowledgementLine:
    """Take note of a change, for everybody: who may see all images that it is about."""
    taken = acknowledge_alert(services.records, caller, number, body.word, services.clock())
    return AcknowledgementLine(number=number, by=taken.by, at=rfc3339(taken.at), word=taken.word)


@router.get("/advisories/feeds")
def get_feeds(services: Services, caller: Asking) -> Listing[FeedLine]:
    """List the feeds, and how old they are."""
    require_signed_in(caller)
    with services.records.read() as kept:
        return Listing(items=[_feed(feed) for feed in kept.advisories.feeds()])


@router.post("/advisories/feeds/{name:path}")
async def post_feed(
    request: Request, services: Services, caller: Asking, name: str, force: bool = False
) -> FeedImport:
    """Import a feed from the body: an archive of records, or one document, compressed or not."""
    format_of(name)
    with tempfile.NamedTemporaryFile(prefix="feed-") as spool:
        received = 0
        async for chunk in request.stream():
            received += len(chunk)
            if received > MAX_FEED:
                raise OverLimit(
                    "feed-too-large", f"a feed has at most {MAX_FEED} bytes", details={"limit": MAX_FEED}
                )
            await asyncio.to_thread(spool.write, chunk)
        await asyncio.to_thread(spool.flush)
        return await asyncio.to_thread(_import, services, caller, name, Path(spool.name), force)


def _import(services: ManagementServices, caller: Caller, name: str, file: Path, force: bool) -> FeedImport:
    with services.open_feed(file) as feed:
        arrival = FeedArrival(name, format_of(name), feed.documents, feed.digest)
        outcome = import_advisories(services.records, caller, arrival, services.clock(), force=force)
    rematched = sum(batch.packages for batch in match_packages(services.records, services.clock()))
    return _imported(outcome, rematched)


def _imported(outcome: ImportOutcome, rematched: int) -> FeedImport:
    return FeedImport(
        feed=_feed(outcome.state),
        added=len(outcome.change.added),
        changed=len(outcome.change.changed),
        removed=len(outcome.change.removed),
        refused=list(iter_refused(outcome)),
        refused_count=outcome.refused_count,
        rematched=rematched,
        unchanged=outcome.unchanged,
    )


def _feed(feed: FeedState) -> FeedLine:
    return FeedLine(
        name=feed.name,
        count=feed.count,
        imported_at=rfc3339(feed.imported_at),
        published_at=rfc3339(feed.published_at) if feed.published_at else "",
        digest=feed.digest,
    )


def _alert(alert: Alert) -> AlertLine:
    change, taken = alert.change, alert.change.acknowledged
    return AlertLine(
        number=change.number,
        at=rfc3339(change.at),
        says=alert.words,
        flaw=change.flaw,
        severity=str(change.severity),
        package=change.package.package.name,
        version=change.package.package.version,
        why=alert.why,
        before=str(change.before or ""),
        after=str(change.after or ""),
        fixed_in=change.fixed_in,
        repositories=sorted({place.place.repository for place in alert.places}),
        teams=list(alert.teams),
        images=alert.reach.images if alert.reach else None,
        containers=alert.reach.containers if alert.reach else None,
        acknowledged_by=taken.by if taken else "",
        acknowledged_at=rfc3339(taken.at) if taken else "",
        word=taken.word if taken else "",
    )


def _holder(holder: Holder) -> HolderLine:
    match, package = holder.match, holder.use.package
    return HolderLine(
        digest=str(holder.use.manifest),
        package=package.name,
        version=package.version,
        purl=package_url(package) if package.name else "",
        path=holder.use.path,
        layer=holder.use.layer,
        status=str(match.status) if match else ("undetermined" if holder.undetermined else "has-it"),
        severity=str(match.severity) if match else "",
        fixed_in=match.fixed_in if match else "",
        fixed_by=holder.fixed_by,
        why=holder.why,
        places=[
            HolderPlace(
                repository=owned.place.repository,
                tags=list(owned.place.tags),
                owner=owned.owner.name if owned.owner else "",
                contact=owned.owner.contact if owned.owner else "",
                since=rfc3339(owned.since) if owned.since else "",
                environments=list(owned.environments),
            )
            for owned in holder.places
        ],
        running=[f"{each.host}/{each.name or each.id[:12]}" for each in holder.running],
    )
