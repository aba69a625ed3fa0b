"""Subscribe to what is done here, see how far receivers are, and send again what they did not take.

All of it is for administrators: a subscription carries what happens in every repository out of here.
"""

from dataclasses import dataclass, field
from datetime import datetime

from lading.access.repository_pattern import RepositoryPattern
from lading.access.verbs import Verb
from lading.audit.cloud_event import make_secret, signed_headers, trial_event
from lading.audit.entry import Entry
from lading.audit.event_subscription import Delivery, EventSubscription, parse_actions
from lading.foundation.errors import NotFound, OverLimit
from lading.foundation.instants import rfc3339
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import Caller
from lading.workflows.rights import require_on_installation
from lading.workflows.send_events import EventPorts

MAX_SUBSCRIPTIONS = 50


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """What an administrator asks for."""

    url: str
    actions: tuple[str, ...] = ()
    repositories: RepositoryPattern = field(default_factory=lambda: RepositoryPattern.parse("**"))


@dataclass(frozen=True, slots=True)
class SubscriptionStanding:
    """A subscription and how far its receiver is."""

    subscription: EventSubscription
    unread: int  # entries of the log that were not looked at yet
    waiting: int
    dead: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What a receiver did not take, and what it was."""

    delivery: Delivery
    entry: Entry


def subscribe(
    ports: EventPorts, caller: Caller, asked: NewSubscription, now: datetime, *, secret: str
) -> EventSubscription:
    """Begin with what is done from now on. ``secret`` are fresh random characters, 24 to 64 of ASCII."""
    require_on_installation(caller, Verb.ADMINISTER)
    actions = parse_actions(asked.actions)
    ports.sender.check(asked.url)
    with ports.records.write() as kept:
        if len(kept.events.subscriptions()) >= MAX_SUBSCRIPTIONS:
            raise OverLimit(
                "too-many-subscriptions",
                f"there are {MAX_SUBSCRIPTIONS} event subscriptions already",
                details={"limit": MAX_SUBSCRIPTIONS},
            )
        head = kept.audit.head()
        made = EventSubscription(
            id=ports.new_id(),
            url=asked.url,
            actions=actions,
            repositories=asked.repositories,
            secret=make_secret(secret.encode("ascii")),
            made_at=now,
            made_by=str(caller.principal),
            cursor=head.sequence if head else 0,
        )
        kept.events.add_subscription(made)
        _tell(kept, caller, "add", made, now)
    return made


def list_subscriptions(records: Records, caller: Caller) -> tuple[SubscriptionStanding, ...]:
    """All subscriptions, the oldest first."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        head = kept.audit.head()
        newest = head.sequence if head else 0
        return tuple(
            SubscriptionStanding(
                each,
                newest - each.cursor,
                kept.events.count_deliveries(each.id, dead=False),
                kept.events.count_deliveries(each.id, dead=True),
            )
            for each in kept.events.subscriptions()
        )


def set_paused(
    records: Records, caller: Caller, subscription_id: str, now: datetime, *, paused: bool
) -> EventSubscription:
    """Stop sending, after the turn under way, or go on where it stopped: nothing is left out."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        found = _found(kept, subscription_id)
        kept.events.set_paused(subscription_id, paused=paused)
        _tell(kept, caller, "pause" if paused else "resume", found, now)
    return found


def unsubscribe(records: Records, caller: Caller, subscription_id: str, now: datetime) -> None:
    """End a subscription; what waits for it and its dead letters go too."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        found = _found(kept, subscription_id)
        kept.events.remove_subscription(subscription_id)
        _tell(kept, caller, "remove", found, now)


def list_dead(
    records: Records, caller: Caller, subscription_id: str, *, limit: int
) -> tuple[DeadLetter, ...]:
    """What a receiver did not take, the oldest first."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        _found(kept, subscription_id)
        return tuple(
            DeadLetter(each, kept.audit.entries_after(each.sequence - 1, limit=1)[0])
            for each in kept.events.deliveries(subscription_id, dead=True, limit=limit)
        )


def replay(
    records: Records, caller: Caller, subscription_id: str, sequences: tuple[int, ...], now: datetime
) -> int:
    """Send dead letters again: these, or all where none is named. Says how many."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.write() as kept:
        found = _found(kept, subscription_id)
        count = kept.events.revive(subscription_id, sequences or None, now)
        _tell(kept, caller, "replay", found, now, letters=count)
    return count


def send_test(ports: EventPorts, caller: Caller, subscription_id: str, now: datetime) -> str:
    """Send an event that nothing happened for, once and at once, and return its id.

    Raises Upstream or Forbidden with the reason where it is not taken.
    """
    require_on_installation(caller, Verb.ADMINISTER)
    with ports.records.read() as kept:
        found = _found(kept, subscription_id)
    event_id = f"test-{ports.new_id()}"
    body = trial_event(event_id, ports.source, rfc3339(now))
    ports.sender.send(found.url, signed_headers(found.secret, event_id, int(now.timestamp()), body), body)
    return event_id


def _found(kept: RecordSet, subscription_id: str) -> EventSubscription:
    found = kept.events.subscription(subscription_id)
    if found is None:
        raise NotFound(
            "event-subscription-unknown",
            f"there is no event subscription {subscription_id[:80]!r}",
            hint="lading events list",
        )
    return found


def _tell(
    kept: RecordSet, caller: Caller, verb: str, about: EventSubscription, now: datetime, **more: object
) -> None:
    told = {"url": about.url, "actions": list(about.actions), "repositories": about.repositories.text}
    kept.audit.append(caller.did(f"event-subscription.{verb}", about.id, now, **told, **more))
