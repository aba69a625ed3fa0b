"""Open, change and watch campaigns.

1. Who may edit the policy opens and changes campaigns; who may see evidence sees items of their repositories.
2. A plan is made when a campaign is opened; what waits for a base is planned again at every step.
3. Everything is in records and in the audit log: a campaign goes on after any restart where it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from lading.access.verbs import Verb
from lading.campaigns.campaign import (
    GOAL_DAYS,
    Campaign,
    CampaignState,
    Deadlines,
    Item,
    ItemState,
    Progress,
    check_campaign,
    progress_of,
)
from lading.foundation.errors import Conflict, Malformed, NotFound
from lading.ports.jobs import Job, Jobs
from lading.ports.package_mirror import PackageMirror
from lading.ports.records.campaigns import Notice
from lading.ports.records.page import DEFAULT_LIMIT, MAX_LIMIT, Page
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.workflows.plan_campaign import plan_items
from lading.workflows.rights import require_on_installation
from lading.workflows.show_image import find_image

STEP = "step-campaigns"  # the job: a step of all open campaigns, or of the one that its argument names


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What a campaign is to be about: a flaw, or a base (repository and tag or digest)."""

    title: str
    flaw: str = ""
    base_repository: str = ""
    base: str = ""
    onto: str = ""
    reason: str = ""
    deadlines: Deadlines = field(default_factory=Deadlines)
    wave_days: int = 2
    automatic: bool = True
    goal_days: int = GOAL_DAYS
    team_days: Mapping[str, int] = field(default_factory=dict)  # of teams that have promised others


@dataclass(frozen=True, slots=True)
class ShownCampaign:
    """A campaign with how far it has come, as far as the caller may see its items."""

    campaign: Campaign
    progress: Progress
    notices: tuple[Notice, ...]


def open_campaign(
    records: Records,
    mirror: PackageMirror,
    caller: Caller,
    request: OpenRequest,
    now: datetime,
    *,
    campaign_id: str,
    dry_run: bool = False,
) -> tuple[Campaign, tuple[Item, ...]]:
    """Plan a campaign, and keep it unless only the plan is wanted."""
    require_on_installation(caller, Verb.EDIT_POLICY)
    base = ""
    if request.base_repository:
        digest = find_image(records, caller, request.base_repository, request.base)
        base = f"{request.base_repository}@{digest}"
    campaign = check_campaign(
        Campaign(
            id=campaign_id,
            title=request.title.strip() or f"Leave {request.flaw or base.partition('@')[0]}",
            flaw=request.flaw.strip(),
            base=base,
            onto=request.onto,
            reason=request.reason,
            state=CampaignState.OPEN,
            opened_at=now,
            opened_by=str(caller.principal),
            deadlines=request.deadlines,
            wave_days=request.wave_days,
            automatic=request.automatic,
            goal_days=request.goal_days,
            team_days=dict(request.team_days),
        )
    )
    items = plan_items(records, mirror, campaign)
    if dry_run:
        return campaign, items
    with records.write() as kept:
        kept.campaigns.add_campaign(campaign, items)
        kept.audit.append(
            caller.did(
                "campaign.open",
                campaign.id,
                now,
                title=campaign.title,
                flaw=campaign.flaw,
                base=campaign.base,
                items=len(items),
                reason=campaign.reason,
            )
        )
    return campaign, items


def show_campaign(records: Records, caller: Caller, campaign_id: str) -> ShownCampaign:
    """One campaign with its progress. Raises NotFound ``campaign-unknown``."""
    with records.read() as kept:
        campaign = _require(kept, campaign_id)
        items = [
            item for item in iter_items(kept, campaign_id) if caller.may(Verb.READ_EVIDENCE, item.repository)
        ]
        notices = kept.campaigns.notices(campaign_id)
    return ShownCampaign(campaign, progress_of(campaign, items), notices)


def list_campaigns(records: Records, caller: Caller) -> tuple[ShownCampaign, ...]:
    """Every campaign, the newest first."""
    with records.read() as kept:
        known = kept.campaigns.campaigns()
    return tuple(show_campaign(records, caller, campaign.id) for campaign in known)


def list_items(
    records: Records,
    caller: Caller,
    campaign_id: str,
    *,
    state: str = "",
    team: str | None = None,
    after: str = "",
    limit: int = DEFAULT_LIMIT,
) -> Page[Item]:
    """Items of repositories that the caller may see, by wave."""
    with records.read() as kept:
        _require(kept, campaign_id)
        page = kept.campaigns.items(campaign_id, state=state, team=team, after=after, limit=limit)
    return Page(
        tuple(item for item in page.items if caller.may(Verb.READ_EVIDENCE, item.repository)), page.next
    )


def pause_campaign(
    records: Records, caller: Caller, campaign_id: str, reason: str, now: datetime
) -> Campaign:
    """Stop asking for anything; what was asked goes on."""
    return _change(
        records,
        caller,
        campaign_id,
        now=now,
        verb="pause",
        reason=reason,
        state=CampaignState.PAUSED,
        paused_because=reason,
    )


def resume_campaign(
    records: Records, caller: Caller, campaign_id: str, reason: str, now: datetime
) -> Campaign:
    """Go on."""
    return _change(
        records,
        caller,
        campaign_id,
        now=now,
        verb="resume",
        reason=reason,
        state=CampaignState.OPEN,
        paused_because="",
    )


def close_campaign(
    records: Records, caller: Caller, campaign_id: str, reason: str, now: datetime
) -> Campaign:
    """Give a campaign up, with what is left; it closes itself when nothing is."""
    if not reason.strip():
        raise Malformed("reason-missing", "closing a campaign before it is done needs a reason")
    return _change(
        records,
        caller,
        campaign_id,
        now=now,
        verb="close",
        reason=reason,
        state=CampaignState.CLOSED,
        closed_at=now,
    )


def ask_for_step(records: Records, jobs: Jobs, caller: Caller, campaign_id: str, *, request_id: str) -> None:
    """Let the next step be done now, and not with the next round."""
    require_on_installation(caller, Verb.EDIT_POLICY)
    with records.read() as kept:
        _require(kept, campaign_id)
    jobs.enqueue(Job(STEP, f"{STEP}/{campaign_id}/{request_id}", {"campaign": campaign_id}))


def exclude_item(
    records: Records,
    caller: Caller,
    campaign_id: str,
    repository: str,
    reference: str,
    *,
    reason: str,
    until: date,
    now: datetime,
) -> Item:
    """Take an image out until a date, with a reason; it comes back by itself."""
    require_on_installation(caller, Verb.EDIT_POLICY)
    if not reason.strip():
        raise Malformed("reason-missing", "taking an image out of a campaign needs a reason")
    digest = find_image(records, caller, repository, reference)
    with records.write() as kept:
        _require(kept, campaign_id)
        item = kept.campaigns.item(campaign_id, repository, digest)
        if item is None:
            raise NotFound("item-unknown", f"{repository}@{digest} is not in campaign {campaign_id}")
        excluded = replace(item, state=ItemState.EXCLUDED, note=reason, until=until, changed_at=now)
        kept.campaigns.save_items(campaign_id, [excluded])
        kept.audit.append(
            caller.did(
                "campaign.exclude",
                f"{repository}@{digest}",
                now,
                campaign=campaign_id,
                reason=reason,
                until=str(until),
            )
        )
    return excluded


def iter_items(kept: RecordSet, campaign_id: str) -> list[Item]:
    """All items of a campaign."""
    items: list[Item] = []
    after = ""
    while True:
        page = kept.campaigns.items(campaign_id, after=after, limit=MAX_LIMIT)
        items.extend(page.items)
        after = page.next
        if not after:
            return items


def _require(kept: RecordSet, campaign_id: str) -> Campaign:
    found = kept.campaigns.campaign(campaign_id)
    if found is None:
        raise NotFound(
            "campaign-unknown", f"there is no campaign {campaign_id[:80]!r}", hint="lading campaign list"
        )
    return found


def _change(
    records: Records,
    caller: Caller,
    campaign_id: str,
    *,
    now: datetime,
    verb: str,
    reason: str,
    **change: object,
) -> Campaign:
    require_on_installation(caller, Verb.EDIT_POLICY)
    with records.write() as kept:
        campaign = _require(kept, campaign_id)
        if campaign.state is CampaignState.CLOSED:
            raise Conflict("campaign-closed", f"campaign {campaign_id} is closed already")
        changed = replace(campaign, **change)  # type: ignore[arg-type] # fields by name
        kept.campaigns.save_campaign(changed)
        kept.audit.append(caller.did(f"campaign.{verb}", campaign_id, now, reason=reason))
    return changed
