"""Verdicts that changed, as rows."""

from dataclasses import dataclass
from datetime import datetime

from lading.advisories.advisory import Severity
from lading.console.formats.instants import Instant, instant
from lading.console.formats.numbers import counted
from lading.console.formats.sentences import sentence
from lading.console.links import image_link, list_link
from lading.console.views.badges import Badge, Tone
from lading.console.views.notices import Notice
from lading.ports.records.matches import MatchStatus
from lading.ports.records.page import Page
from lading.workflows.alerts import Alert, AlertFilter

MOST_IMAGES = 5  # of one change that are listed

_BADGES = {
    None: Badge(Tone.GOOD, "Cleared"),
    MatchStatus.NOT_AFFECTED: Badge(Tone.GOOD, "Stated not affected"),
    MatchStatus.UNDETERMINED: Badge(Tone.UNKNOWN, "Undetermined"),
    MatchStatus.AFFECTED: Badge(Tone.BAD, "Affected"),
}
_BEFORE = {
    None: "was no finding",
    MatchStatus.NOT_AFFECTED: "was stated not affected",
    MatchStatus.UNDETERMINED: "was undetermined",
    MatchStatus.AFFECTED: "was affected",
}


@dataclass(frozen=True, slots=True)
class ImagePlace:
    """An image in one repository."""

    repository: str
    tags: tuple[str, ...]
    link: str


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One change."""

    words: str
    why: str
    link: str
    severity: Severity
    badge: Badge
    before: str
    images: tuple[ImagePlace, ...]
    more: str  # how many images are not listed; empty for none
    teams: tuple[str, ...]
    at: Instant
    number: int
    waits: bool
    acknowledged_by: str  # empty where nobody has
    acknowledged_at: Instant | None
    word: str


@dataclass(frozen=True, slots=True)
class AlertsView:
    """A page of the list."""

    team: str
    severity: str
    severities: tuple[str, ...]
    state: str
    rows: tuple[AlertRow, ...]
    next_link: str
    first_link: str
    notice: Notice | None


def alerts_view(
    page: Page[Alert], *, wanted: AlertFilter, after: str, now: datetime, notice: Notice | None
) -> AlertsView:
    """Make the page from one page of changes."""
    fields = {
        "team": wanted.team,
        "severity": wanted.severity.value if wanted.severity else "",
        "state": "waiting" if wanted.waiting else "",
    }
    return AlertsView(
        team=fields["team"],
        severity=fields["severity"],
        state=fields["state"],
        severities=tuple(each.value for each in reversed(Severity)),
        rows=tuple(_row(alert, now) for alert in page.items),
        next_link=list_link("/alerts", **fields, after=page.next) if page.next else "",
        first_link=list_link("/alerts", **fields) if after else "",
        notice=notice,
    )


def _row(alert: Alert, now: datetime) -> AlertRow:
    change, taken = alert.change, alert.change.acknowledged
    images = [
        ImagePlace(
            owned.place.repository, owned.place.tags, image_link(owned.place.repository, str(manifest))
        )
        for manifest, places in alert.images.items()
        for owned in places
    ]
    shown = images[:MOST_IMAGES]
    number = max(len(images), alert.reach.images if alert.reach else 0)
    return AlertRow(
        words=sentence(alert.words),
        why=sentence(alert.why),
        link=list_link("/who-has", q=change.flaw),
        severity=change.severity,
        badge=_BADGES[change.after],
        before=_BEFORE[change.before],
        images=tuple(shown),
        more=f"and {counted(number - len(shown), 'other', 'others')}" if number > len(shown) else "",
        teams=alert.teams,
        at=instant(change.at, now),
        number=change.number,
        waits=change.waits,
        acknowledged_by=taken.by if taken else "",
        acknowledged_at=instant(taken.at, now) if taken else None,
        word=taken.word if taken else "",
    )
