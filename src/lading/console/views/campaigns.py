"""Campaigns as their pages show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from lading.campaigns.campaign import (
    Campaign,
    CampaignState,
    Item,
    ItemState,
    Progress,
    Stage,
    TeamProgress,
)
from lading.console.formats.instants import Instant, instant
from lading.console.formats.numbers import count
from lading.console.links import image_link, list_link
from lading.console.views.badges import Badge, Tone
from lading.console.views.campaign_dates import (
    BurnDown,
    DateRow,
    burn_down,
    date_rows,
    goal_words,
    next_date,
)
from lading.ports.records.campaigns import Notice
from lading.workflows.campaigns import ShownCampaign

_STATES: Mapping[CampaignState, tuple[Tone, str]] = {
    CampaignState.OPEN: (Tone.WARN, "Open"),
    CampaignState.PAUSED: (Tone.BAD, "Paused"),
    CampaignState.CLOSED: (Tone.GOOD, "Closed"),
}
_ITEMS: Mapping[ItemState, tuple[Tone, str]] = {
    ItemState.PLANNED: (Tone.QUIET, "Planned"),
    ItemState.ASKED: (Tone.WARN, "Owners asked"),
    ItemState.MADE: (Tone.WARN, "Made"),
    ItemState.GONE: (Tone.GOOD, "Gone"),
    ItemState.FAILED: (Tone.BAD, "Failed"),
    ItemState.EXCLUDED: (Tone.QUIET, "Excluded"),
}
_STAGES: Mapping[Stage, str] = {
    Stage.FREE: "",
    Stage.WARN: "gates warn",
    Stage.NO_PROMOTION: "no promotion",
    Stage.NO_START: "no start",
    Stage.NO_PULL: "no pull",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the bar: a state, and its share of all in percent."""

    tone: str
    label: str
    number: str
    share: float
    link: str


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign of the list."""

    link: str
    title: str
    about: str
    badge: Badge
    stage: str
    done: str
    parts: tuple[Part, ...]
    containers: str
    opened: Instant
    next: str  # what is refused next, and when
    goal: str  # how many days are left, or have passed since


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """What stands above everything else."""

    id: str
    title: str
    about: str
    reason: str
    badge: Badge
    stage: str
    done: str
    items: str
    containers: str
    wave: str
    parts: tuple[Part, ...]
    methods: tuple[tuple[str, str], ...]
    median: str
    ninety: str
    within: str
    goal_days: str
    left: str  # images that are not done
    next: str
    goal: str
    late: bool
    dates: tuple[DateRow, ...]
    burn_down: BurnDown | None
    opened: Instant
    closed: Instant | None
    may_pause: bool
    may_resume: bool


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One team of the burn-down."""

    team: str
    link: str
    items: str
    done: str
    failed: str
    containers: str
    share: int  # percent that is done
    due: str  # the day by which it is to be over for this team
    late: bool


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One image."""

    repository: str
    link: str
    tags: tuple[str, ...]
    digest: str
    badge: Badge
    method: str
    wave: str
    containers: str
    team: str
    new_tag: str
    new_link: str
    why: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """What a team was told."""

    team: str
    kind: str
    text: str
    at: Instant


@dataclass(frozen=True, slots=True)
class CampaignsView:
    """The list."""

    rows: tuple[CampaignRow, ...]


@dataclass(frozen=True, slots=True)
class CampaignView:
    """One campaign."""

    facts: CampaignFacts
    teams: tuple[TeamRow, ...]
    rows: tuple[ItemRow, ...]
    notices: tuple[NoticeRow, ...]
    state: str
    team: str
    next_link: str
    first_link: str
    late: Badge


def campaign_row(shown: ShownCampaign, now: datetime) -> CampaignRow:
    """Make a row of the list."""
    campaign, progress = shown.campaign, shown.progress
    link = _link(campaign)
    return CampaignRow(
        link=link,
        title=campaign.title,
        about=_about(campaign),
        badge=_badge(campaign),
        stage=_STAGES[campaign.deadlines.stage(now.date())],
        done=f"{count(progress.done)} of {count(progress.items)}",
        parts=_parts(progress, link),
        containers=count(progress.containers),
        opened=instant(campaign.opened_at, now),
        next=next_date(campaign, now),
        goal=goal_words(campaign, now),
    )


def campaign_facts(shown: ShownCampaign, now: datetime, *, may_change: bool) -> CampaignFacts:
    """Make what stands above everything else."""
    campaign, progress = shown.campaign, shown.progress
    within = progress.within(campaign.goal_days)
    return CampaignFacts(
        id=campaign.id,
        title=campaign.title,
        about=_about(campaign),
        reason=campaign.reason,
        badge=_badge(campaign),
        stage=_STAGES[campaign.deadlines.stage(now.date())],
        done=count(progress.done),
        items=count(progress.items),
        containers=count(progress.containers),
        wave=str(campaign.wave) if campaign.wave >= 0 else "none yet",
        parts=_parts(progress, _link(campaign)),
        methods=tuple((str(method), count(number)) for method, number in sorted(progress.methods.items())),
        median=_days(progress.percentile(0.5)),
        ninety=_days(progress.percentile(0.9)),
        within="" if within is None else f"{within:.0%}",
        goal_days=str(campaign.goal_days),
        left=count(progress.items - progress.done),
        next=next_date(campaign, now),
        goal=goal_words(campaign, now),
        late=campaign.state is not CampaignState.CLOSED and now > campaign.goal,
        dates=date_rows(campaign, now),
        burn_down=burn_down(campaign, progress, now),
        opened=instant(campaign.opened_at, now),
        closed=instant(campaign.closed_at, now) if campaign.closed_at else None,
        may_pause=may_change and campaign.state is CampaignState.OPEN,
        may_resume=may_change and campaign.state is CampaignState.PAUSED,
    )


def team_row(progress: TeamProgress, link: str, campaign: Campaign, now: datetime) -> TeamRow:
    """Make a row of the burn-down."""
    return TeamRow(
        team=progress.team,
        link=list_link(link, team=progress.team or "nobody"),
        items=count(progress.items),
        done=count(progress.done),
        failed=count(progress.failed) if progress.failed else "",
        containers=count(progress.containers),
        share=round(100 * progress.done / progress.items) if progress.items else 0,
        due=f"{campaign.goal_of(progress.team):%d %b %Y}",
        late=progress.done < progress.items and now > campaign.goal_of(progress.team),
    )


def item_row(item: Item) -> ItemRow:
    """Make a row of the images."""
    tone, text = _ITEMS[item.state]
    return ItemRow(
        repository=item.repository,
        link=image_link(item.repository, str(item.image), "lineage"),
        tags=item.tags,
        digest=str(item.image),
        badge=Badge(tone, text),
        method=str(item.method),
        wave=str(item.wave),
        containers=count(item.containers),
        team=item.team,
        new_tag=item.new_tag,
        new_link=image_link(item.repository, str(item.new_image)) if item.new_image else "",
        why=item.note or item.why,
    )


def notice_row(notice: Notice, now: datetime) -> NoticeRow:
    """Make a row of what was told."""
    return NoticeRow(notice.team, notice.kind, notice.text, instant(notice.at, now))


def _parts(progress: Progress, link: str) -> tuple[Part, ...]:
    order = (
        ItemState.GONE,
        ItemState.EXCLUDED,
        ItemState.MADE,
        ItemState.ASKED,
        ItemState.FAILED,
        ItemState.PLANNED,
    )
    return tuple(
        Part(
            _ITEMS[state][0].value,
            _ITEMS[state][1],
            count(progress.states[state]),
            round(100 * progress.states[state] / progress.items, 2),
            list_link(link, state=state.value),
        )
        for state in order
        if progress.states.get(state)
    )


def _badge(campaign: Campaign) -> Badge:
    tone, text = _STATES[campaign.state]
    return Badge(tone, text, campaign.paused_because)


def _about(campaign: Campaign) -> str:
    return campaign.flaw or campaign.base.partition("@")[0]


def _link(campaign: Campaign) -> str:
    return f"/campaigns/{quote(campaign.id, safe='')}"


def _days(number: float | None) -> str:
    return "" if number is None else f"{number:.1f} days"
