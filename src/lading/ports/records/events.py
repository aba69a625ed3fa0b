"""Who is told of what was done, and what they did not take yet."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from lading.audit.event_subscription import Delivery, EventSubscription
from lading.ports.records.page import DEFAULT_LIMIT


class EventRecords(Protocol):
    """Subscriptions are few: they are read whole."""

    def add_subscription(self, subscription: EventSubscription) -> None:
        """Keep a subscription under its id."""
        ...

    def subscriptions(self) -> tuple[EventSubscription, ...]:
        """All subscriptions, the oldest first."""
        ...

    def subscription(self, subscription_id: str) -> EventSubscription | None:
        """One subscription."""
        ...

    def remove_subscription(self, subscription_id: str) -> None:
        """Take a subscription away, with its deliveries."""
        ...

    def set_paused(self, subscription_id: str, *, paused: bool, error: str = "") -> None:
        """Stop or go on; ``error`` says why it was stopped."""
        ...

    def take_lease(self, subscription_id: str, holder: str, now: datetime, until: datetime) -> bool:
        """Whether ``holder`` alone may send for it until then: not while somebody else's lease lasts."""
        ...

    def end_lease(self, subscription_id: str, holder: str) -> None:
        """Give the lease back, where it is still ``holder``'s."""
        ...

    def move_cursor(self, subscription_id: str, holder: str, cursor: int) -> bool:
        """Note that entries up to there were looked at; False, and nothing, where the lease is lost."""
        ...

    def note_answer(self, subscription_id: str, error: str, sent_at: datetime | None) -> None:
        """Note what came of the last delivery; None leaves ``sent_at`` as it was."""
        ...

    def save_delivery(self, delivery: Delivery) -> None:
        """Put a delivery in place of the one of this subscription and sequence."""
        ...

    def remove_delivery(self, subscription_id: str, sequence: int) -> None:
        """Forget a delivery: it was taken."""
        ...

    def deliveries(
        self, subscription_id: str, *, dead: bool, limit: int = DEFAULT_LIMIT
    ) -> tuple[Delivery, ...]:
        """Those that wait, or dead letters, the oldest entry first."""
        ...

    def count_deliveries(self, subscription_id: str, *, dead: bool) -> int:
        """How many there are."""
        ...

    def revive(self, subscription_id: str, sequences: Iterable[int] | None, now: datetime) -> int:
        """Make dead letters wait again, from now, with no attempt counted; None for all. Says how many."""
        ...
