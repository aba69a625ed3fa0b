"""What each team is to be told of a campaign, and when.

1. *opened*: what is planned for its images, why, and by when; once.
2. *soon-STAGE*: some days before more is refused; *reminder-STAGE*: on the day that it is.
3. *late*: the days that this team has for patching have passed.
4. *escalated*: the days that everybody has have passed.

Whoever keeps what was told makes sure that each kind is told once; here it may come up again and again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from lading.campaigns.campaign import DONE, Campaign, Item, Stage

AHEAD = timedelta(days=3)  # before a date, teams are reminded of it
_MOST_NAMED = 5
_WORDS = {
    Stage.WARN: "gates warn of them",
    Stage.NO_PROMOTION: "they are not promoted any more",
    Stage.NO_START: "they are not started any more",
    Stage.NO_PULL: "they are not given out any more",
}


def due_notices(campaign: Campaign, items: Sequence[Item], now: datetime) -> Iterator[tuple[str, str, str]]:
    """Team, kind and text of all that is due by now. The team is empty for what nobody answers for."""
    teams: dict[str, list[Item]] = {}
    for item in items:
        teams.setdefault(item.team, []).append(item)
    for team, own in sorted(teams.items()):
        yield team, "opened", _opened(campaign, own)
        left = [item for item in own if item.state not in DONE]
        if left:
            for kind, text in _reminders(campaign, team, now):
                yield team, kind, f"{_images(len(left))} left ({_named(left)}): {text}"


def _opened(campaign: Campaign, own: Sequence[Item]) -> str:
    about = campaign.flaw or campaign.base.partition("@")[0]
    methods = Counter(str(item.method) for item in own)
    plan = ", ".join(f"{number} {method}" for method, number in sorted(methods.items()))
    why = f" {campaign.reason}." if campaign.reason else ""
    first = next(iter(campaign.deadlines.begins()), None)
    date = f" From {first[1]} on {_WORDS[first[0]]}." if first else ""
    return f"{_images(len(own))} to leave {about}: {plan}.{why}{date} First of them: {_named(own)}"


def _reminders(campaign: Campaign, team: str, now: datetime) -> Iterator[tuple[str, str]]:
    today = now.date()
    for stage, day in campaign.deadlines.begins():
        if day <= today:
            yield f"reminder-{stage}", f"since {day} {_WORDS[stage]}"
        elif day - AHEAD <= today:
            yield f"soon-{stage}", f"from {day} on {_WORDS[stage]}"
    if campaign.goal_of(team) < min(now, campaign.goal):
        yield "late", f"the {campaign.days_of(team)} days that this team has are over"
    if now > campaign.goal:
        yield "escalated", f"the {campaign.goal_days} days that everybody has are over"


def _named(items: Sequence[Item]) -> str:
    names = [f"{item.repository}:{item.tags[0]}" if item.tags else item.repository for item in items]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _images(number: int) -> str:
    return "1 image is" if number == 1 else f"{number} images are"
