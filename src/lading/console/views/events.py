"""Who is told of what is done."""

from dataclasses import dataclass
from datetime import datetime

from lading.console.formats.instants import Instant, instant
from lading.console.views.badges import Badge, Tone
from lading.console.views.notices import Notice
from lading.workflows.event_subscriptions import DeadLetter, SubscriptionStanding


@dataclass(frozen=True, slots=True)
class DeadRow:
    """One event that was not taken."""

    sequence: int
    action: str
    subject: str
    at: Instant
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """One receiver; ``letters`` are the oldest of its ``dead``."""

    id: str
    url: str
    actions: str
    repositories: str
    badge: Badge
    paused: bool
    error: str
    sent: Instant | None
    unread: int
    waiting: int
    dead: int
    letters: tuple[DeadRow, ...]


@dataclass(frozen=True, slots=True)
class SubscribeForm:
    """What was typed for another receiver, and what is wrong with it."""

    url: str = ""
    actions: str = ""
    repositories: str = "**"
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class MadeSubscription:
    """A subscription that was made just now: the only page that shows its secret."""

    url: str
    secret: str

    def __repr__(self) -> str:
        """Never the secret."""
        return f"MadeSubscription(url={self.url!r})"


@dataclass(frozen=True, slots=True)
class EventsView:
    """The whole page. ``problem`` is why a trial event was not taken."""

    rows: tuple[SubscriptionRow, ...]
    form: SubscribeForm
    made: MadeSubscription | None
    problem: str
    notice: Notice | None


def subscription_row(
    standing: SubscriptionStanding, letters: tuple[DeadLetter, ...], now: datetime
) -> SubscriptionRow:
    """Make a row."""
    subscription = standing.subscription
    return SubscriptionRow(
        id=subscription.id,
        url=subscription.url,
        actions=", ".join(subscription.actions) or "all",
        repositories=subscription.repositories.text,
        badge=_badge(standing),
        paused=subscription.paused,
        error=subscription.error,
        sent=instant(subscription.sent_at, now) if subscription.sent_at else None,
        unread=standing.unread,
        waiting=standing.waiting,
        dead=standing.dead,
        letters=tuple(_dead_row(letter, now) for letter in letters),
    )


def _badge(standing: SubscriptionStanding) -> Badge:
    if standing.subscription.paused:
        return Badge(Tone.WARN, "Paused")
    if standing.dead or standing.subscription.error:
        return Badge(Tone.BAD, "Not taken")
    return Badge(Tone.GOOD, "On")


def _dead_row(letter: DeadLetter, now: datetime) -> DeadRow:
    event = letter.entry.event
    return DeadRow(
        letter.entry.sequence,
        event.action,
        event.subject,
        instant(datetime.fromisoformat(event.at), now),
        letter.delivery.attempts,
        letter.delivery.error,
    )
