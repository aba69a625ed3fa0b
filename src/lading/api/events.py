"""Who is told of what is done."""

from pydantic import Field

from lading.api.message import Message


class SubscriptionAsk(Message):
    """A receiver. ``actions`` are those of the audit log (manifest.push) or their nouns (manifest)."""

    url: str = Field(max_length=2000)
    actions: list[str] = Field(default_factory=list, max_length=50)
    repositories: str = Field(default="**", description="a name or a pattern such as team/**")


class SubscriptionLine(Message):
    """A subscription and how far its receiver is; ``error`` is empty when it took the last event."""

    id: str
    url: str
    actions: list[str]
    repositories: str
    made_at: str
    made_by: str
    paused: bool
    sent_at: str
    error: str
    unread: int
    waiting: int
    dead: int


class SubscriptionMade(Message):
    """A new subscription. The secret is shown now and never again."""

    id: str
    url: str
    secret: str


class PausedOrNot(Message):
    """How a subscription stands now."""

    id: str
    paused: bool


class DeadLetterLine(Message):
    """What a receiver did not take."""

    sequence: int
    at: str
    action: str
    subject: str
    attempts: int
    error: str


class ReplayAsk(Message):
    """Which dead letters to send again; none for all."""

    sequences: list[int] = Field(default_factory=list, max_length=1000)


class Replayed(Message):
    """How many are sent again."""

    letters: int


class Tested(Message):
    """The id of the event that was taken."""

    event: str
