"""What to do first."""

from lading.api.message import Message


class ActionLine(Message):
    """One action with all that it removes. ``says`` is one sentence, ``reasons`` why it stands here."""

    kind: str
    subject: str
    target: str
    says: str
    reasons: list[str]
    critical: int
    high: int
    others: int
    images: int
    containers: int
    teams: list[str]
    exploited: list[str]
    likeliest: float
    question: str


class SignalLine(Message):
    """A source that orders the list, and when it was made; empty where it is not here."""

    name: str
    made_at: str


class AdviceList(Message):
    """Actions, the most urgent first, and what the order rests on."""

    actions: list[ActionLine]
    signals: list[SignalLine]
