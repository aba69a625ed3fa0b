"""`/api/v1/campaigns`, `/api/v1/patch`: moving a fleet, and upgrading packages without a build."""

from datetime import date, datetime

from fastapi import APIRouter

from lading.api import campaigns as api
from lading.api.message import Listing
from lading.api.rebase import RemarkLine
from lading.campaigns.campaign import Campaign, Deadlines, Item, ItemState, Progress, progress_of
from lading.foundation.errors import Malformed
from lading.foundation.instants import rfc3339
from lading.ports.records.campaigns import Notice
from lading.server.management.asking import Asking, Services
from lading.server.management.images import Limit, own_reference
from lading.workflows.cadence import AgedImage, list_aged
from lading.workflows.campaigns import (
    OpenRequest,
    ask_for_step,
    close_campaign,
    exclude_item,
    list_campaigns,
    list_items,
    open_campaign,
    pause_campaign,
    resume_campaign,
    show_campaign,
)
from lading.workflows.patch_image import Patched, PatchRequest, patch_image

router = APIRouter(tags=["campaigns"])


@router.post("/campaigns")
def post_campaign(services: Services, caller: Asking, body: api.CampaignRequest) -> api.CampaignAnswer:
    """Open a campaign, or only plan it."""
    base = own_reference(services, body.base) if body.base else None
    request = OpenRequest(
        title=body.title,
        flaw=body.flaw,
        base_repository=base.repository if base else "",
        base=base.tag_or_digest if base else "",
        onto=body.onto,
        reason=body.reason,
        deadlines=Deadlines(
            _date(body.warn), _date(body.no_promotion), _date(body.no_start), _date(body.no_pull)
        ),
        wave_days=body.wave_days,
        automatic=body.automatic,
        goal_days=services.goal_days,
        team_days=services.team_days,
    )
    campaign, items = open_campaign(
        services.records,
        services.mirror,
        caller,
        request,
        services.clock(),
        campaign_id=services.new_id(),
        dry_run=body.dry_run,
    )
    line = campaign_line(campaign, progress_of(campaign, items), (), services.clock().date())
    return api.CampaignAnswer(campaign=line, items=[item_line(item) for item in items[:10_000]])


@router.get("/campaigns")
def get_campaigns(services: Services, caller: Asking) -> Listing[api.CampaignLine]:
    """List campaigns, the newest first."""
    today = services.clock().date()
    shown = list_campaigns(services.records, caller)
    return Listing(items=[campaign_line(one.campaign, one.progress, (), today) for one in shown])


@router.get("/campaigns/{campaign_id}")
def get_campaign(services: Services, caller: Asking, campaign_id: str) -> api.CampaignLine:
    """Show one campaign: burn-down by team, what was told, how long it takes."""
    shown = show_campaign(services.records, caller, campaign_id)
    return campaign_line(shown.campaign, shown.progress, shown.notices, services.clock().date())


@router.get("/campaigns/{campaign_id}/items")
def get_items(
    services: Services,
    caller: Asking,
    campaign_id: str,
    state: str = "",
    team: str | None = None,
    after: str = "",
    limit: Limit = 100,
) -> Listing[api.ItemLine]:
    """List the images of a campaign, by wave."""
    if state and state not in set(ItemState):
        raise Malformed("state-unknown", f"{state[:40]!r} is no state", hint=f"one of {', '.join(ItemState)}")
    page = list_items(services.records, caller, campaign_id, state=state, team=team, after=after, limit=limit)
    return Listing(items=[item_line(item) for item in page.items], next=page.next)


@router.post("/campaigns/{campaign_id}/pause")
def post_pause(
    services: Services, caller: Asking, campaign_id: str, body: api.ReasonRequest
) -> api.CampaignLine:
    """Stop asking for anything."""
    pause_campaign(services.records, caller, campaign_id, body.reason, services.clock())
    return get_campaign(services, caller, campaign_id)


@router.post("/campaigns/{campaign_id}/resume")
def post_resume(
    services: Services, caller: Asking, campaign_id: str, body: api.ReasonRequest
) -> api.CampaignLine:
    """Go on."""
    resume_campaign(services.records, caller, campaign_id, body.reason, services.clock())
    return get_campaign(services, caller, campaign_id)


@router.post("/campaigns/{campaign_id}/close")
def post_close(
    services: Services, caller: Asking, campaign_id: str, body: api.ReasonRequest
) -> api.CampaignLine:
    """Give it up with what is left."""
    close_campaign(services.records, caller, campaign_id, body.reason, services.clock())
    return get_campaign(services, caller, campaign_id)


@router.post("/campaigns/{campaign_id}/step", status_code=202)
def post_step(services: Services, caller: Asking, campaign_id: str) -> api.StepAsked:
    """Do the next step now, and not within a minute."""
    ask_for_step(services.records, services.jobs, caller, campaign_id, request_id=services.new_id())
    return api.StepAsked(campaign=campaign_id)


@router.post("/campaigns/{campaign_id}/exclude")
def post_exclude(
    services: Services, caller: Asking, campaign_id: str, body: api.ExcludeRequest
) -> api.ItemLine:
    """Take an image out until a date."""
    image, until = own_reference(services, body.image), _date(body.until)
    if until is None:
        raise Malformed("campaign-invalid", "an exclusion ends on a date", hint="write YYYY-MM-DD")
    item = exclude_item(
        services.records,
        caller,
        campaign_id,
        image.repository,
        image.tag_or_digest,
        reason=body.reason,
        until=until,
        now=services.clock(),
    )
    return item_line(item)


@router.get("/cadence")
def get_cadence(
    services: Services, caller: Asking, after: str = "", limit: Limit = 100
) -> Listing[api.AgedLine]:
    """List images that are overdue for a rebuild, and those whose age could not be told.

    A page is of ``limit`` repositories, and may be empty with more to come.
    """
    now = services.clock()
    page = list_aged(services.records, caller, services.age_limits, now, after=after, limit=limit)
    return Listing(items=[_aged_line(one, now) for one in page.items], next=page.next)


@router.post("/patch")
def post_patch(services: Services, caller: Asking, body: api.PatchBody) -> api.PatchAnswer:
    """Upgrade packages in an image by one layer, from the mirror, without a build."""
    image = own_reference(services, body.image)
    request = PatchRequest(
        repository=image.repository,
        reference=image.tag_or_digest,
        packages=tuple(body.packages),
        tag=body.tag,
        dry_run=body.dry_run,
        scripts=body.scripts,
        reason=body.reason,
    )
    return _patched(patch_image(services.patching, caller, request, services.clock()))


def _aged_line(one: AgedImage, now: datetime) -> api.AgedLine:
    return api.AgedLine(
        repository=one.repository,
        image=str(one.image),
        tags=list(one.tags),
        containers=one.containers,
        state=str(one.age),
        since=rfc3339(one.since) if one.since else "",
        age_days=(now - one.since).days if one.since else None,
        limit_days=one.days,
        owner=one.team,
        action=one.action,
    )


def campaign_line(
    campaign: Campaign, progress: Progress, notices: tuple[Notice, ...], today: date
) -> api.CampaignLine:
    """A campaign as a message."""
    return api.CampaignLine(
        id=campaign.id,
        title=campaign.title,
        flaw=campaign.flaw,
        base=campaign.base,
        onto=campaign.onto,
        reason=campaign.reason,
        state=str(campaign.state),
        opened_at=rfc3339(campaign.opened_at),
        opened_by=campaign.opened_by,
        closed_at=rfc3339(campaign.closed_at) if campaign.closed_at else "",
        paused_because=campaign.paused_because,
        wave=campaign.wave,
        stage=str(campaign.deadlines.stage(today)),
        items=progress.items,
        done=progress.done,
        states={str(state): number for state, number in progress.states.items()},
        methods={str(method): number for method, number in progress.methods.items()},
        containers=progress.containers,
        days_median=progress.percentile(0.5),
        days_90=progress.percentile(0.9),
        within_goal=progress.within(30),
        teams=[
            api.TeamLine(
                team=one.team,
                items=one.items,
                done=one.done,
                made=one.made,
                failed=one.failed,
                containers=one.containers,
            )
            for one in progress.teams
        ],
        notices=[
            api.NoticeLine(team=one.team, kind=one.kind, text=one.text, at=rfc3339(one.at)) for one in notices
        ],
    )


def item_line(item: Item) -> api.ItemLine:
    """An item as a message."""
    return api.ItemLine(
        repository=item.repository,
        image=str(item.image),
        tags=list(item.tags),
        team=item.team,
        environment=item.environment,
        containers=item.containers,
        method=str(item.method),
        why=item.why,
        onto=item.onto,
        wave=item.wave,
        state=str(item.state),
        new_image=str(item.new_image or ""),
        new_tag=item.new_tag,
        note=item.note,
    )


def _patched(done: Patched) -> api.PatchAnswer:
    return api.PatchAnswer(
        repository=done.repository,
        image=str(done.image),
        verdict=str(done.verdict),
        digest=str(done.digest or ""),
        tag=done.tag,
        platforms=[
            api.PatchedPlatform(
                platform=platform,
                verdict=str(patch.verdict),
                upgraded=[
                    api.UpgradeLine(package=name, before=before, after=after)
                    for name, before, after in patch.upgraded
                ],
                remarks=[
                    RemarkLine(rule=str(one.rule), weight=str(one.weight), path=one.path, reason=one.reason)
                    for one in patch.remarks
                ],
            )
            for platform, patch in done.platforms
        ],
    )


def _date(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Malformed(
            "campaign-invalid", f"{text[:40]!r} is not a date", hint="write YYYY-MM-DD"
        ) from error
