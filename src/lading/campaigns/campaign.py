"""A campaign: what is to be gone, from which images, by when, and how far it has come.

States of an item, that is of one image in one repository:

1. *planned*: what is to be done with it is known, its wave has not begun.
2. *asked*: its wave has begun; the server, a pipeline or a person is to make the new image.
3. *made*: the new image is in the registry, and was looked into; the old one may still run.
4. *gone*: nothing runs the old image any more.
5. *failed*: making it did not work, or its owners went back to the old one; the reason says what to do.
6. *excluded*: somebody has taken it out, with a reason and until a date.

A campaign is closed by what runs and by nothing else: when every item is gone or excluded.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from lading.foundation.errors import Malformed
from lading.oci.digest import Digest

GOAL_DAYS = 30
MAX_TEXT = 2_000


class CampaignState(StrEnum):
    """Whether it goes on."""

    OPEN = "open"
    PAUSED = "paused"  # by a person, or because the canary wave failed
    CLOSED = "closed"


class Method(StrEnum):
    """What is done with an image."""

    REBASE = "rebase"
    PATCH = "patch"
    REBUILD = "rebuild"
    RETIRE = "retire"
    WAIT = "wait"  # there is nothing to move to yet


class ItemState(StrEnum):
    """How far an image has come."""

    PLANNED = "planned"
    ASKED = "asked"
    MADE = "made"
    GONE = "gone"
    FAILED = "failed"
    EXCLUDED = "excluded"


DONE = frozenset({ItemState.GONE, ItemState.EXCLUDED})


class Stage(StrEnum):
    """What overdue images may not do any more, each with what comes before it."""

    FREE = "free"
    WARN = "warn"
    NO_PROMOTION = "no-promotion"
    NO_START = "no-start"
    NO_PULL = "no-pull"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """From which day on each stage holds; None leaves a stage out."""

    warn: date | None = None
    no_promotion: date | None = None
    no_start: date | None = None
    no_pull: date | None = None

    def begins(self) -> tuple[tuple[Stage, date], ...]:
        """The stages that there are, with the day that each begins, the mildest first."""
        stages = (
            (Stage.WARN, self.warn),
            (Stage.NO_PROMOTION, self.no_promotion),
            (Stage.NO_START, self.no_start),
            (Stage.NO_PULL, self.no_pull),
        )
        return tuple((stage, day) for stage, day in stages if day is not None)

    def stage(self, today: date) -> Stage:
        """The strictest stage that has begun."""
        return next((stage for stage, day in reversed(self.begins()) if day <= today), Stage.FREE)

    def next(self, today: date) -> tuple[Stage, date] | None:
        """What begins next, and when; None where nothing more does."""
        return next((each for each in self.begins() if each[1] > today), None)


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign. It is about a flaw, or about a base and all that stands on it."""

    id: str
    title: str
    flaw: str  # a CVE, empty where it is about a base
    base: str  # repository@digest of the base to leave, empty where it is about a flaw
    onto: str  # reference of the base to move to; empty takes the newest of the same repository
    reason: str
    state: CampaignState
    opened_at: datetime
    opened_by: str
    deadlines: Deadlines
    wave: int = -1  # the last wave that has begun; -1 before the first
    wave_begun_at: datetime | None = None
    wave_days: int = 2  # between waves, when the one before went well
    automatic: bool = True  # the server makes rebases and patches itself
    paused_because: str = ""
    closed_at: datetime | None = None
    goal_days: int = GOAL_DAYS  # that everybody has
    team_days: Mapping[str, int] = field(default_factory=dict)  # of teams that have promised others

    @property
    def goal(self) -> datetime:
        """When it is to be over."""
        return self.opened_at + timedelta(days=self.goal_days)

    def days_of(self, team: str) -> int:
        """The days that a team has."""
        return self.team_days.get(team, self.goal_days)

    def goal_of(self, team: str) -> datetime:
        """When it is to be over for a team."""
        return self.opened_at + timedelta(days=self.days_of(team))


@dataclass(frozen=True, slots=True)
class Item:
    """One image of a campaign, in one repository."""

    repository: str
    image: Digest  # as it was; of an index its own digest
    manifests: tuple[Digest, ...]  # of its platforms; itself where it is for one
    tags: tuple[str, ...]
    team: str  # empty for nobody
    environment: str  # the last of promotion that has it; empty for none
    containers: int  # that run it, as of the last look
    method: Method
    why: str
    onto: str  # the base to move to, empty where there is none
    wave: int
    state: ItemState = ItemState.PLANNED
    new_image: Digest | None = None
    new_manifests: tuple[Digest, ...] = ()  # of its platforms; itself where it is for one
    new_containers: int = 0  # that run it, as of the last look
    new_tag: str = ""
    note: str = ""  # what was said last: why it failed, why it was excluded
    until: date | None = None  # of an exclusion
    changed_at: datetime | None = None
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TeamProgress:
    """How far one team has come."""

    team: str
    items: int
    done: int
    made: int
    failed: int
    containers: int  # that still run something old


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign has come."""

    items: int
    states: Mapping[ItemState, int]
    methods: Mapping[Method, int]
    containers: int
    teams: tuple[TeamProgress, ...]
    days: tuple[float, ...]  # from opening to gone, of every item that is gone, sorted

    @property
    def done(self) -> int:
        """Items that need nothing any more."""
        return sum(self.states.get(state, 0) for state in DONE)

    def percentile(self, share: float) -> float | None:
        """Days within which this share of the items that are gone was gone; None while none is."""
        if not self.days:
            return None
        return self.days[min(int(share * len(self.days)), len(self.days) - 1)]

    def within(self, days: float) -> float | None:
        """The share of items that were gone within so many days, of those that are gone."""
        return sum(day <= days for day in self.days) / len(self.days) if self.days else None


def progress_of(campaign: Campaign, items: Iterable[Item]) -> Progress:
    """Sum up."""
    listed = tuple(items)
    teams: dict[str, list[Item]] = {}
    for item in listed:
        teams.setdefault(item.team, []).append(item)
    opened = campaign.opened_at
    return Progress(
        items=len(listed),
        states=Counter(item.state for item in listed),
        methods=Counter(item.method for item in listed),
        containers=sum(item.containers for item in listed if item.state not in DONE),
        teams=tuple(
            sorted(
                (_team(name, own) for name, own in teams.items()),
                key=lambda one: (one.done - one.items, one.team),
            )
        ),
        days=tuple(sorted((item.gone_at - opened) / timedelta(days=1) for item in listed if item.gone_at)),
    )


def check_campaign(campaign: Campaign) -> Campaign:
    """Raise Malformed for one that cannot mean anything."""
    if bool(campaign.flaw) == bool(campaign.base):
        raise Malformed("campaign-invalid", "a campaign is about a flaw or about a base, not both")
    if not campaign.title.strip() or len(campaign.title) > 200 or len(campaign.reason) > MAX_TEXT:
        raise Malformed("campaign-invalid", "a campaign has a title of up to 200 characters")
    dates = [day for _, day in campaign.deadlines.begins()]
    if dates != sorted(dates):
        raise Malformed(
            "campaign-invalid",
            "its dates go backwards",
            hint="warn, then no promotion, then no start, then no pull",
        )
    return campaign


def _team(name: str, items: list[Item]) -> TeamProgress:
    states = Counter(item.state for item in items)
    return TeamProgress(
        team=name,
        items=len(items),
        done=sum(states[state] for state in DONE),
        made=states[ItemState.MADE],
        failed=states[ItemState.FAILED],
        containers=sum(item.containers for item in items if item.state not in DONE),
    )
