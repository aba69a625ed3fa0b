"""Campaigns, patches, and what was made from what."""

from pydantic import Field

from lading.api.message import Message
from lading.api.rebase import RemarkLine


class CampaignRequest(Message):
    """What a campaign is to be about: a flaw, or a base. Dates are YYYY-MM-DD, empty for none."""

    title: str = ""
    flaw: str = ""
    base: str = ""
    onto: str = ""
    reason: str = ""
    warn: str = ""
    no_promotion: str = ""
    no_start: str = ""
    no_pull: str = ""
    wave_days: int = Field(default=2, ge=0, le=90)
    automatic: bool = True
    dry_run: bool = False


class ReasonRequest(Message):
    """Why something is done."""

    reason: str = ""


class StepAsked(Message):
    """A step is to be done now."""

    campaign: str


class ExcludeRequest(Message):
    """An image to take out, why, and until when (YYYY-MM-DD)."""

    image: str
    reason: str
    until: str


class TeamLine(Message):
    """How far a team has come; the team is empty for what nobody answers for."""

    team: str
    items: int
    done: int
    made: int
    failed: int
    containers: int


class NoticeLine(Message):
    """What a team was told."""

    team: str
    kind: str
    text: str
    at: str


class CampaignLine(Message):
    """A campaign and how far it has come.

    ``days_median`` and ``days_90`` are the days within which half and nine tenths of what is gone was gone;
    ``within_goal`` is the share of it that was gone within thirty days.
    """

    id: str
    title: str
    flaw: str
    base: str
    onto: str
    reason: str
    state: str
    opened_at: str
    opened_by: str
    closed_at: str
    paused_because: str
    wave: int
    stage: str
    items: int
    done: int
    states: dict[str, int]
    methods: dict[str, int]
    containers: int
    days_median: float | None
    days_90: float | None
    within_goal: float | None
    teams: list[TeamLine]
    notices: list[NoticeLine]


class ItemLine(Message):
    """One image of a campaign."""

    repository: str
    image: str
    tags: list[str]
    team: str
    environment: str
    containers: int
    method: str
    why: str
    onto: str
    wave: int
    state: str
    new_image: str
    new_tag: str
    note: str


class CampaignAnswer(Message):
    """A campaign, with its plan where it was just made."""

    campaign: CampaignLine
    items: list[ItemLine]


class PatchBody(Message):
    """Upgrade packages in an image; without ``packages`` those that have a finding which a version mends."""

    image: str
    packages: list[str] = Field(default_factory=list)
    tag: str = ""
    dry_run: bool = False
    scripts: bool = False
    reason: str = ""


class UpgradeLine(Message):
    """A package that is upgraded."""

    package: str
    before: str
    after: str


class PatchedPlatform(Message):
    """What was found for one platform."""

    platform: str
    verdict: str
    upgraded: list[UpgradeLine]
    remarks: list[RemarkLine]


class PatchAnswer(Message):
    """What came of it; ``digest`` and ``tag`` are empty where nothing was pushed."""

    repository: str
    image: str
    verdict: str
    digest: str
    tag: str
    platforms: list[PatchedPlatform]


class AgedLine(Message):
    """An image that is older than its repository allows; ``age_days`` is null where it could not be told."""

    repository: str
    image: str
    tags: list[str]
    containers: int
    state: str
    since: str  # from when its age counts; empty where that is not known
    age_days: int | None
    limit_days: int
    owner: str
    action: str
