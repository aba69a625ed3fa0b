"""The dates of a campaign and its burn-down, as its page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from lading.campaigns.campaign import Campaign, CampaignState, Progress, Stage

_REFUSED: Mapping[Stage, str] = {
    Stage.FREE: "",
    Stage.WARN: "gates warn of what is left",
    Stage.NO_PROMOTION: "what is left is not promoted",
    Stage.NO_START: "what is left is not started",
    Stage.NO_PULL: "what is left is not given out",
}
_MOST_POINTS = 400  # of the line; more cannot be told apart on any screen


@dataclass(frozen=True, slots=True)
class DateRow:
    """A date of a campaign: from then on more is refused, or it is to be over."""

    day: str
    words: str
    tone: str  # of what has come, what comes next and what is further off
    when: str  # "since 3 days", "in 5 days"


@dataclass(frozen=True, slots=True)
class BurnDown:
    """A chart of what is left: points in percent of its width and height, from the opening on.

    ``line`` is what is left, ``goal`` where the goal stands, ``marks`` where stages begin.
    """

    line: str
    goal: float
    now: float
    marks: tuple[tuple[float, str], ...]
    told: str  # the same in words


def next_date(campaign: Campaign, now: datetime) -> str:
    """What is refused next, and from when on."""
    following = campaign.deadlines.next(now.date())
    if following is None or campaign.state is CampaignState.CLOSED:
        return ""
    stage, day = following
    return f"From {day:%d %b %Y}, {_away(day, now.date())}, {_REFUSED[stage]}"


def goal_words(campaign: Campaign, now: datetime) -> str:
    """How many days of the goal are left, or have passed since; for one that is over, how many it took."""
    if campaign.closed_at is not None:
        took = (campaign.closed_at - campaign.opened_at) / timedelta(days=1)
        return f"took {took:.1f} of {campaign.goal_days} days"
    left = (campaign.goal - now) / timedelta(days=1)
    return f"{left:.0f} of {campaign.goal_days} days left" if left >= 0 else f"{-left:.0f} days over the goal"


def date_rows(campaign: Campaign, now: datetime) -> tuple[DateRow, ...]:
    """Every date, in order."""
    today, rows = now.date(), []
    following = campaign.deadlines.next(today)
    for stage, day in campaign.deadlines.begins():
        tone = "bad" if day <= today else "warn" if following is not None and following[1] == day else "quiet"
        rows.append((day, DateRow(f"{day:%d %b %Y}", _REFUSED[stage], tone, _away(day, today))))
    goal = campaign.goal.date()
    words = f"the {campaign.goal_days} days are over"
    rows.append(
        (goal, DateRow(f"{goal:%d %b %Y}", words, "bad" if goal < today else "quiet", _away(goal, today)))
    )
    return tuple(row for _, row in sorted(rows, key=lambda one: one[0]))


def burn_down(campaign: Campaign, progress: Progress, now: datetime) -> BurnDown | None:
    """The chart; None where there is nothing to draw."""
    if not progress.items:
        return None
    end = campaign.closed_at or now
    spent = max((end - campaign.opened_at) / timedelta(days=1), 0.0)
    span = max(spent, campaign.goal_days, 1) * 1.04
    excluded = progress.done - len(progress.days)
    whole = progress.items - excluded
    left, points = whole, [(0.0, 0.0)]
    for day in progress.days[:: max(1, len(progress.days) // _MOST_POINTS)]:
        at = 100 * day / span
        points.append((at, points[-1][1]))
        left = whole - sum(1 for one in progress.days if one <= day)
        points.append((at, 100 * (1 - left / whole) if whole else 100.0))
    points.append((100 * spent / span, points[-1][1]))
    marks = tuple(
        (round(100 * _days_to(campaign, day) / span, 2), f"{day:%d %b %Y}: {_REFUSED[stage]}")
        for stage, day in campaign.deadlines.begins()
        if 0 <= _days_to(campaign, day) <= span
    )
    return BurnDown(
        " ".join(f"{x:.2f},{y:.2f}" for x, y in points),
        round(100 * campaign.goal_days / span, 2),
        round(100 * spent / span, 2),
        marks,
        f"{whole - len(progress.days)} of {whole} images left after {spent:.0f} of {campaign.goal_days} days",
    )


def _days_to(campaign: Campaign, day: date) -> float:
    return (datetime.combine(day, time(), UTC) - campaign.opened_at) / timedelta(days=1)


def _away(day: date, today: date) -> str:
    days = (day - today).days
    if days == 0:
        return "today"
    many = f"{abs(days)} day{'s' if abs(days) != 1 else ''}"
    return f"in {many}" if days > 0 else f"since {many}"
