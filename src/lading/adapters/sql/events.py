"""Who is told of what was done, in SQL."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lading.access.repository_pattern import RepositoryPattern
from lading.adapters.sql.connection import OnConnection, one_of_numbers
from lading.adapters.sql.tables.events import EVENT_DELIVERY, EVENT_SUBSCRIPTION
from lading.adapters.sql.writing import upsert
from lading.audit.event_subscription import Delivery, EventSubscription
from lading.ports.records.page import DEFAULT_LIMIT

_SUBSCRIPTION, _DELIVERY = EVENT_SUBSCRIPTION.c, EVENT_DELIVERY.c


class SqlEvents(OnConnection):
    """See ``lading.ports.records.events.EventRecords``."""

    __slots__ = ()

    def add_subscription(self, subscription: EventSubscription) -> None:
        """Keep a subscription under its id."""
        row = {
            "id": subscription.id,
            "url": subscription.url,
            "actions": list(subscription.actions),
            "repositories": subscription.repositories.text,
            "secret": subscription.secret,
            "made_at": subscription.made_at,
            "made_by": subscription.made_by,
            "cursor": subscription.cursor,
            "paused": subscription.paused,
            "error": subscription.error,
            "sent_at": subscription.sent_at,
            "holder": "",
            "leased_until": None,
        }
        self._connection.execute(EVENT_SUBSCRIPTION.insert(), row)

    def subscriptions(self) -> tuple[EventSubscription, ...]:
        """All subscriptions, the oldest first."""
        rows = self._connection.execute(sa.select(EVENT_SUBSCRIPTION).order_by(_SUBSCRIPTION.sequence))
        return tuple(_subscription(row) for row in rows)

    def subscription(self, subscription_id: str) -> EventSubscription | None:
        """One subscription."""
        wanted = sa.select(EVENT_SUBSCRIPTION).where(_SUBSCRIPTION.id == subscription_id)
        row = self._connection.execute(wanted).first()
        return None if row is None else _subscription(row)

    def remove_subscription(self, subscription_id: str) -> None:
        """Take a subscription away, with its deliveries."""
        self._connection.execute(EVENT_DELIVERY.delete().where(_DELIVERY.subscription == subscription_id))
        self._connection.execute(EVENT_SUBSCRIPTION.delete().where(_SUBSCRIPTION.id == subscription_id))

    def set_paused(self, subscription_id: str, *, paused: bool, error: str = "") -> None:
        """Stop or go on."""
        this = EVENT_SUBSCRIPTION.update().where(_SUBSCRIPTION.id == subscription_id)
        self._connection.execute(this.values(paused=paused, error=error))

    def take_lease(self, subscription_id: str, holder: str, now: datetime, until: datetime) -> bool:
        """Whether ``holder`` alone may send for it until then."""
        free = sa.or_(_SUBSCRIPTION.leased_until.is_(None), _SUBSCRIPTION.leased_until <= now)
        taken = (
            EVENT_SUBSCRIPTION.update()
            .where(_SUBSCRIPTION.id == subscription_id, free, _SUBSCRIPTION.paused.is_(False))
            .values(holder=holder, leased_until=until)
        )
        return self._connection.execute(taken).rowcount == 1

    def end_lease(self, subscription_id: str, holder: str) -> None:
        """Give the lease back."""
        self._connection.execute(_held(subscription_id, holder).values(holder="", leased_until=None))

    def move_cursor(self, subscription_id: str, holder: str, cursor: int) -> bool:
        """Note that entries up to there were looked at."""
        moved = self._connection.execute(_held(subscription_id, holder).values(cursor=cursor))
        return moved.rowcount == 1

    def note_answer(self, subscription_id: str, error: str, sent_at: datetime | None) -> None:
        """Note what came of the last delivery."""
        said: dict[str, Any] = {"error": error} if sent_at is None else {"error": error, "sent_at": sent_at}
        this = EVENT_SUBSCRIPTION.update().where(_SUBSCRIPTION.id == subscription_id)
        self._connection.execute(this.values(said))

    def save_delivery(self, delivery: Delivery) -> None:
        """Put a delivery in place of the one of this subscription and sequence."""
        row = {name: getattr(delivery, name) for name in _MEMBERS}
        upsert(self._connection, EVENT_DELIVERY, row)

    def remove_delivery(self, subscription_id: str, sequence: int) -> None:
        """Forget a delivery."""
        this = (_DELIVERY.subscription == subscription_id, _DELIVERY.sequence == sequence)
        self._connection.execute(EVENT_DELIVERY.delete().where(*this))

    def deliveries(
        self, subscription_id: str, *, dead: bool, limit: int = DEFAULT_LIMIT
    ) -> tuple[Delivery, ...]:
        """Those that wait, or dead letters, the oldest entry first."""
        wanted = (
            sa.select(EVENT_DELIVERY)
            .where(_DELIVERY.subscription == subscription_id, _DELIVERY.dead.is_(dead))
            .order_by(_DELIVERY.sequence)
            .limit(limit)
        )
        return tuple(
            Delivery(*(getattr(row, name) for name in _MEMBERS)) for row in self._connection.execute(wanted)
        )

    def count_deliveries(self, subscription_id: str, *, dead: bool) -> int:
        """How many there are."""
        wanted = sa.select(sa.func.count()).where(
            _DELIVERY.subscription == subscription_id, _DELIVERY.dead.is_(dead)
        )
        return int(self._connection.execute(wanted).scalar_one())

    def revive(self, subscription_id: str, sequences: Iterable[int] | None, now: datetime) -> int:
        """Make dead letters wait again."""
        these = EVENT_DELIVERY.update().where(
            _DELIVERY.subscription == subscription_id, _DELIVERY.dead.is_(True)
        )
        if sequences is not None:
            these = these.where(_DELIVERY.sequence.in_(one_of_numbers(self._connection, sequences)))
        return self._connection.execute(these.values(dead=False, attempts=0, due_at=now)).rowcount


_MEMBERS = ("subscription", "sequence", "repository", "attempts", "due_at", "dead", "error")


def _held(subscription_id: str, holder: str) -> sa.Update:
    return EVENT_SUBSCRIPTION.update().where(
        _SUBSCRIPTION.id == subscription_id, _SUBSCRIPTION.holder == holder
    )


def _subscription(row: sa.Row[Any]) -> EventSubscription:
    return EventSubscription(
        id=row.id,
        url=row.url,
        actions=tuple(row.actions),
        repositories=RepositoryPattern.parse(row.repositories),
        secret=row.secret,
        made_at=row.made_at,
        made_by=row.made_by,
        cursor=row.cursor,
        paused=row.paused,
        error=row.error,
        sent_at=row.sent_at,
    )
