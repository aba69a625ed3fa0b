"""Event subscriptions and deliveries, over every adapter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lading.access.repository_pattern import RepositoryPattern
from lading.adapters.sql.engine import SqlRecords
from lading.audit.entry import Event
from lading.audit.event_subscription import Delivery, EventSubscription

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
ONE = EventSubscription(
    "s1",
    "https://r.example/é",
    ("manifest", "tag.move"),
    RepositoryPattern.parse("team/**"),
    "whsec_x",
    NOON,
    "person:root",
    7,
)


def with_one(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.events.add_subscription(ONE)


def test_subscriptions_come_back_as_they_were_made_and_in_that_order(records: SqlRecords) -> None:
    other = replace(ONE, id="a0", actions=(), paused=True, error="why", sent_at=LATER)
    with records.write() as kept:
        kept.events.add_subscription(ONE)
        kept.events.add_subscription(other)
    with records.read() as kept:
        assert kept.events.subscriptions() == (ONE, other)
        assert kept.events.subscription("a0") == other
        assert kept.events.subscription("none") is None


def test_one_holder_at_a_time_moves_the_cursor(records: SqlRecords) -> None:
    with_one(records)
    with records.write() as kept:
        assert kept.events.take_lease("s1", "me", NOON, LATER)
        assert not kept.events.take_lease("s1", "you", NOON, LATER)
        assert kept.events.move_cursor("s1", "me", 8)
        assert kept.events.take_lease("s1", "you", LATER, LATER + timedelta(minutes=1))
        assert not kept.events.move_cursor("s1", "me", 9)
        kept.events.end_lease("s1", "me")
        assert kept.events.move_cursor("s1", "you", 9)
        kept.events.end_lease("s1", "you")
        assert kept.events.take_lease("s1", "me", LATER, LATER)
    with records.read() as kept:
        found = kept.events.subscription("s1")
        assert found is not None
        assert found.cursor == 9


def test_nobody_sends_for_what_is_paused(records: SqlRecords) -> None:
    with_one(records)
    with records.write() as kept:
        kept.events.set_paused("s1", paused=True, error="full")
        assert not kept.events.take_lease("s1", "me", NOON, LATER)
        kept.events.set_paused("s1", paused=False)
        assert kept.events.take_lease("s1", "me", NOON, LATER)


def test_an_answer_without_success_keeps_when_something_was_taken(records: SqlRecords) -> None:
    with_one(records)
    with records.write() as kept:
        kept.events.note_answer("s1", "", NOON)
        kept.events.note_answer("s1", "status 500", None)
        found = kept.events.subscription("s1")
        assert found is not None
        assert (found.error, found.sent_at) == ("status 500", NOON)


def test_dead_letters_wait_again_when_they_are_revived(records: SqlRecords) -> None:
    with_one(records)
    letters = [Delivery("s1", n, "team/a", 3, NOON, dead=True, error="e") for n in (3, 1, 2)]
    with records.write() as kept:
        for letter in letters:
            kept.events.save_delivery(letter)
        kept.events.save_delivery(Delivery("s1", 9, "", 1, NOON))
        assert [each.sequence for each in kept.events.deliveries("s1", dead=True, limit=2)] == [1, 2]
        assert kept.events.revive("s1", (1, 9, 77), LATER) == 1
        assert kept.events.count_deliveries("s1", dead=True) == 2
        assert kept.events.deliveries("s1", dead=False)[0] == Delivery("s1", 1, "team/a", 0, LATER, error="e")
        assert kept.events.revive("s1", None, LATER) == 2
        kept.events.remove_delivery("s1", 1)
        assert kept.events.count_deliveries("s1", dead=False) == 3


def test_a_subscription_goes_with_its_deliveries(records: SqlRecords) -> None:
    with_one(records)
    with records.write() as kept:
        kept.events.save_delivery(Delivery("s1", 1, "", 1, NOON))
        kept.events.save_delivery(Delivery("s2", 1, "", 1, NOON))
        kept.events.remove_subscription("s1")
        assert kept.events.subscriptions() == ()
        assert kept.events.count_deliveries("s1", dead=False) == 0
        assert kept.events.count_deliveries("s2", dead=False) == 1


def test_the_log_is_read_on_from_any_entry(records: SqlRecords) -> None:
    with records.write() as kept:
        kept.audit.append_all(
            [Event("2026-03-01T12:00:00Z", "ann", "a.b", str(n), "done", {}) for n in range(4)]
        )
    with records.read() as kept:
        entries = kept.audit.entries_after(0)
        assert [entry.event.subject for entry in entries] == ["0", "1", "2", "3"]
        assert kept.audit.entries_after(1, limit=2) == entries[1:3]
        assert kept.audit.entries_after(4) == ()
