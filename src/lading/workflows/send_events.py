"""Send what was done to those who subscribed to it.

1. Who sends for a subscription holds a lease on it; what came of each delivery is written only while the
   lease is held. So events keep their order with any number of servers.
2. What came of a delivery is written after it: a server that ends between the two sends the event again
   after its lease. Every event is sent at least once, always with the same id.
3. A turn ends after ``_TURN`` and one delivery more, which is well before the lease does.
4. What waits for a repository is bounded: a subscription with too many that wait reads no further, and one
   with too many dead letters is paused. Nothing is lost by either, as the log keeps every entry.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lading.audit.cloud_event import cloud_event, signed_headers
from lading.audit.entry import Entry
from lading.audit.event_subscription import Delivery, EventSubscription, repository_of, wait_after
from lading.foundation.errors import LadingError
from lading.ports.event_sender import EventSender
from lading.ports.records.record_set import Records, RecordSet

MAX_WAITING = 1000
MAX_DEAD = 1000
_MAX_ERROR = 300  # characters
_PAGE = 100
_TURN, _LEASE = timedelta(seconds=10), timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class EventPorts:
    """What sending needs. ``source`` is the URL of this installation, which events come from."""

    records: Records
    sender: EventSender
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    source: str
    attempts: int = 12  # tries after which an event is a dead letter


def subscriptions_with_work(ports: EventPorts) -> tuple[str, ...]:
    """The ids of those that have something to be sent now."""
    now = ports.clock()
    with ports.records.read() as kept:
        head = kept.audit.head()
        newest = head.sequence if head else 0
        return tuple(each.id for each in kept.events.subscriptions() if _has_work(kept, each, newest, now))


def _has_work(kept: RecordSet, subscription: EventSubscription, newest: int, now: datetime) -> bool:
    if subscription.paused:
        return False
    waiting = kept.events.deliveries(subscription.id, dead=False, limit=MAX_WAITING)
    if subscription.cursor < newest and len(waiting) < MAX_WAITING:
        return True
    first: dict[str, Delivery] = {}  # of each repository: the others wait for it
    for delivery in waiting:
        first.setdefault(delivery.repository, delivery)
    return any(delivery.due_at <= now for delivery in first.values())


def take_turn(ports: EventPorts, subscription_id: str) -> None:
    """Send what there is for one subscription, unless somebody else does (rule 1)."""
    holder, now = ports.new_id(), ports.clock()
    with ports.records.write() as kept:
        if not kept.events.take_lease(subscription_id, holder, now, now + _LEASE):
            return
        subscription = kept.events.subscription(subscription_id)  # as it is now that nobody else sends
        waiting = kept.events.deliveries(subscription_id, dead=False, limit=MAX_WAITING)
    assert subscription is not None
    turn = _Turn(ports, subscription, holder, now + _TURN, waiting=len(waiting), cursor=subscription.cursor)
    try:
        if turn.send_waiting(waiting):
            turn.send_new()
    finally:
        with ports.records.write() as kept:
            kept.events.end_lease(subscription_id, holder)


@dataclass(slots=True)
class _Turn:
    """One holder's turn at one subscription. Methods say whether it may go on."""

    ports: EventPorts
    subscription: EventSubscription
    holder: str
    ends: datetime
    waiting: int
    cursor: int
    behind: set[str] = field(default_factory=set)  # repositories of which something waits

    def send_waiting(self, waiting: Iterable[Delivery]) -> bool:
        """Try what is due, the oldest of each repository first."""
        for delivery in waiting:
            if delivery.repository in self.behind:
                continue
            if delivery.due_at > self.ports.clock():
                self.behind.add(delivery.repository)
                continue
            with self.ports.records.read() as kept:
                (entry,) = kept.audit.entries_after(delivery.sequence - 1, limit=1)
            if not self._send(entry, delivery):
                return False
        return True

    def send_new(self) -> None:
        """Read on in the log."""
        while True:
            with self.ports.records.read() as kept:
                entries = kept.audit.entries_after(self.cursor, limit=_PAGE)
            for entry in entries:
                if not self._look_at(entry):
                    break
            else:
                if entries and self._keep_cursor() and self.ports.clock() < self.ends:
                    continue
            self._keep_cursor()
            return

    def _look_at(self, entry: Entry) -> bool:
        if self.subscription.wants(entry.event):
            if self.waiting >= MAX_WAITING or self.ports.clock() >= self.ends:
                return False
            repository, now = repository_of(entry.event), self.ports.clock()
            delivery = Delivery(self.subscription.id, entry.sequence, repository, 0, now)
            self.cursor = entry.sequence
            if repository in self.behind:
                return self._note(delivery, waits=True)
            return self._send(entry, delivery)
        self.cursor = entry.sequence
        return True

    def _send(self, entry: Entry, delivery: Delivery) -> bool:
        subscription, ports = self.subscription, self.ports
        body = cloud_event(entry, ports.source)
        headers = signed_headers(
            subscription.secret, str(entry.sequence), int(ports.clock().timestamp()), body
        )
        try:
            ports.sender.send(subscription.url, headers, body)
        except LadingError as error:
            delivery = self._failed(delivery, error.message[:_MAX_ERROR])
            if not delivery.dead:
                self.behind.add(delivery.repository)
            return self._note(delivery, waits=True)
        return self._note(delivery, waits=False)

    def _failed(self, delivery: Delivery, error: str) -> Delivery:
        attempts = delivery.attempts + 1
        return replace(
            delivery,
            attempts=attempts,
            due_at=self.ports.clock() + wait_after(attempts),
            dead=attempts >= self.ports.attempts,
            error=error,
        )

    def _note(self, delivery: Delivery, *, waits: bool) -> bool:
        """Rules 1 and 2."""
        now = self.ports.clock()
        with self.ports.records.write() as kept:
            events, name = kept.events, self.subscription.id
            if not events.move_cursor(name, self.holder, self.cursor):
                return False
            if not waits:
                events.remove_delivery(name, delivery.sequence)
                events.note_answer(name, "", now)
                return now < self.ends
            self.waiting += not delivery.dead
            events.save_delivery(delivery)
            if delivery.error:
                events.note_answer(name, delivery.error, None)
            if delivery.dead and events.count_deliveries(name, dead=True) >= MAX_DEAD:
                events.set_paused(name, paused=True, error=f"paused: {MAX_DEAD} dead letters")
                return False
        return now < self.ends

    def _keep_cursor(self) -> bool:
        with self.ports.records.write() as kept:
            return kept.events.move_cursor(self.subscription.id, self.holder, self.cursor)
