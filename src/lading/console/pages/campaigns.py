"""Campaigns: all of them, and one with its burn-down."""

from lading.campaigns.campaign import ItemState
from lading.console.answers import Answer, Page, Redirect
from lading.console.frame import Section
from lading.console.links import list_link
from lading.console.views.badges import Badge, Tone
from lading.console.views.campaigns import (
    CampaignsView,
    CampaignView,
    campaign_facts,
    campaign_row,
    item_row,
    notice_row,
    team_row,
)
from lading.console.visit import Visit
from lading.workflows.campaigns import (
    list_campaigns,
    list_items,
    pause_campaign,
    resume_campaign,
    show_campaign,
)

ROWS = 100


def show_all(visit: Visit) -> Answer:
    """Show every campaign, the newest first."""
    shown = list_campaigns(visit.services.records, visit.caller)
    view = CampaignsView(rows=tuple(campaign_row(one, visit.now) for one in shown))
    return Page("campaigns.html", "Campaigns", Section.CAMPAIGNS, view)


def show(visit: Visit) -> Answer:
    """Show how far a campaign has come: by team, image by image, and what was told to whom."""
    campaign_id = visit.place["id"]
    records = visit.services.records
    shown = show_campaign(records, visit.caller, campaign_id)
    state, team, after = visit.asked("state"), visit.asked("team"), visit.asked("after", limit=1000)
    wanted = state if state in set(ItemState) else ""
    page = list_items(
        records,
        visit.caller,
        campaign_id,
        state=wanted,
        team=None if not team else ("" if team == "nobody" else team),
        after=after,
        limit=ROWS,
    )
    link = f"/campaigns/{campaign_id}"
    view = CampaignView(
        facts=campaign_facts(shown, visit.now, may_change=visit.caller.principal.admin),
        teams=tuple(team_row(one, link, shown.campaign, visit.now) for one in shown.progress.teams),
        rows=tuple(item_row(item) for item in page.items),
        notices=tuple(notice_row(one, visit.now) for one in shown.notices[:ROWS]),
        state=wanted,
        team=team,
        next_link=list_link(link, state=wanted, team=team, after=page.next) if page.next else "",
        first_link=list_link(link, state=wanted, team=team) if after else "",
        late=Badge(Tone.BAD, "Late"),
    )
    return Page("campaign.html", shown.campaign.title, Section.CAMPAIGNS, view)


def pause(visit: Visit) -> Answer:
    """Pause a campaign."""
    reason = visit.written("reason") or "paused in the console"
    pause_campaign(visit.services.records, visit.caller, visit.place["id"], reason, visit.now)
    return Redirect(f"/campaigns/{visit.place['id']}")


def resume(visit: Visit) -> Answer:
    """Let a campaign go on."""
    resume_campaign(visit.services.records, visit.caller, visit.place["id"], "", visit.now)
    return Redirect(f"/campaigns/{visit.place['id']}")
