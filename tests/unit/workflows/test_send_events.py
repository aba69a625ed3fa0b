"""Events as a receiver gets them: all of them, in the order of each repository, signed."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import Principal, PrincipalKind
from lading.access.repository_pattern import RepositoryPattern
from lading.adapters.event_webhook import EventWebhooks
from lading.adapters.sql.engine import SqlRecords, open_memory
from lading.foundation.errors import Forbidden, Malformed
from lading.ports.event_sender import EventSender
from lading.registry.caller import BoundRights, Caller
from lading.workflows.event_subscriptions import (
    NewSubscription,
    list_dead,
    list_subscriptions,
    replay,
    send_test,
    set_paused,
    subscribe,
    unsubscribe,
)
from lading.workflows.send_events import EventPorts, subscriptions_with_work, take_turn
from tests.support.event_receiver import Receiver, is_genuine, running_receiver
from tests.support.registry import NOON, ROOT

ANN = Caller(Principal(PrincipalKind.PERSON, "ann"), BoundRights(NO_BINDINGS))
SECRET = "s" * 43


@dataclass
class World:
    """Records, a clock that is moved by hand, and a real receiver."""

    receiver: Receiver
    now: datetime = NOON
    records: SqlRecords = field(default_factory=open_memory)
    sender: EventSender = field(default_factory=lambda: EventWebhooks(("127.0.0.1",), seconds=5))
    attempts: int = 3
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def ports(self) -> EventPorts:
        return EventPorts(
            self.records,
            self.sender,
            lambda: self.now,
            lambda: f"id-{next(self._numbers)}",
            "https://lading.example",
            attempts=self.attempts,
        )

    def subscribe(self, *actions: str, repositories: str = "**") -> str:
        asked = NewSubscription(self.receiver.url, actions, RepositoryPattern.parse(repositories))
        return subscribe(self.ports, ROOT, asked, self.now, secret=SECRET).id

    def do(self, *subjects: str, action: str = "tag.move") -> None:
        with self.records.write() as kept:
            for subject in subjects:
                kept.audit.append(ROOT.did(action, subject, self.now, by="hand"))

    def turn(self, later: timedelta = timedelta()) -> None:
        self.now += later
        for each in subscriptions_with_work(self.ports):
            take_turn(self.ports, each)


@pytest.fixture
def world() -> Iterator[World]:
    with running_receiver() as receiver:
        yield World(receiver)


def test_every_change_is_told_once_in_order_as_a_cloud_event(world: World) -> None:
    world.subscribe("tag")
    world.do("team/a:1", "team/b:1", "team/a:2")
    world.turn()
    world.turn()
    assert world.receiver.said() == ["team/a:1", "team/b:1", "team/a:2"]
    event = world.receiver.taken[0]
    assert event["specversion"] == "1.0"
    assert event["source"] == "https://lading.example"
    assert event["type"] == "dev.lading.tag.move"
    assert event["partitionkey"] == "team/a"
    assert event["data"]["details"] == {"by": "hand"}
    with world.records.read() as kept:
        (entry,) = kept.audit.entries_after(int(event["id"]) - 1, limit=1)
    assert event["data"]["digest"] == entry.digest
    assert world.receiver.headers[0]["content-type"].startswith("application/cloudevents+json")


def test_a_receiver_can_tell_what_is_genuine_and_what_is_sent_again_by_others(world: World) -> None:
    world.subscribe()
    with world.records.read() as kept:
        secret = kept.events.subscriptions()[0].secret
    world.do("team/a:1")
    world.turn()
    headers, body, now = world.receiver.headers[-1], world.receiver.bodies[-1], NOON.timestamp()
    assert is_genuine(secret, headers, body, now)
    assert not is_genuine(secret, headers, body + b" ", now)
    assert not is_genuine(secret, headers, body, now + 301)
    assert not is_genuine(secret, {**headers, "webhook-id": "1000"}, body, now)
    assert not is_genuine("whsec_" + "QUFB" * 8, headers, body, now)


def test_only_what_was_asked_for_is_told(world: World) -> None:
    world.subscribe("tag", "manifest.push", repositories="team/**")
    world.do("team/a:1", "other/a:1")
    world.do("team/a@sha256:" + "0" * 64, action="manifest.push")
    world.do("team/a@sha256:" + "1" * 64, action="manifest.delete")
    world.do("person:ann", action="person.create")
    world.turn()
    assert world.receiver.said() == ["team/a:1", "team/a@sha256:" + "0" * 64]


def test_a_repository_waits_for_what_was_not_taken_and_others_go_on(world: World) -> None:
    world.subscribe("tag")
    world.receiver.answer = lambda event: 500 if event["subject"] == "team/a:1" else 204
    world.do("team/a:1", "team/a:2", "team/b:1")
    world.turn()
    assert world.receiver.said() == ["team/b:1"]
    (standing,) = list_subscriptions(world.records, ROOT)
    assert (standing.unread, standing.waiting, standing.dead) == (0, 2, 0)
    assert standing.subscription.error == ""  # the newest answer was good
    world.turn(timedelta(seconds=4))  # it is too early
    assert len(world.receiver.tried) == 2
    world.receiver.answer = lambda _event: 204
    world.turn(timedelta(seconds=2))
    assert world.receiver.said() == ["team/b:1", "team/a:1", "team/a:2"]


def test_what_is_never_taken_becomes_a_dead_letter_and_can_be_sent_again(world: World) -> None:
    subscription = world.subscribe("tag")
    world.receiver.answer = lambda event: 503 if event["subject"] == "team/a:1" else 200
    world.do("team/a:1", "team/a:2")
    for _ in range(3):
        world.turn(timedelta(hours=1))
    assert [event["subject"] for event in world.receiver.tried].count("team/a:1") == 3
    assert world.receiver.said() == ["team/a:2"]
    (letter,) = list_dead(world.records, ROOT, subscription, limit=10)
    assert (letter.entry.event.subject, letter.delivery.attempts) == ("team/a:1", 3)
    assert "503" in letter.delivery.error
    world.receiver.answer = lambda _event: 200
    assert replay(world.records, ROOT, subscription, (), world.now) == 1
    world.turn()
    assert world.receiver.said() == ["team/a:2", "team/a:1"]
    assert list_dead(world.records, ROOT, subscription, limit=10) == ()


class CrashAfterSending:
    """The process ends when the receiver has the event, before anything is written."""

    def __init__(self, sender: EventSender) -> None:
        self._sender = sender

    def check(self, url: str) -> None:
        self._sender.check(url)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self._sender.send(url, headers, body)
        raise KeyboardInterrupt


def test_an_event_is_sent_again_with_its_id_after_a_crash_before_it_was_noted(world: World) -> None:
    world.subscribe("tag")
    world.do("team/a:1", "team/a:2")
    whole, world.sender = world.sender, CrashAfterSending(world.sender)
    with pytest.raises(KeyboardInterrupt):
        world.turn()
    world.sender = whole
    world.turn(timedelta(minutes=2))
    assert world.receiver.said() == ["team/a:1", "team/a:1", "team/a:2"]
    assert world.receiver.taken[0]["id"] == world.receiver.taken[1]["id"]


def test_a_second_server_does_not_send_while_one_does(world: World) -> None:
    subscription = world.subscribe("tag")
    world.do("team/a:1")
    with world.records.write() as kept:
        assert kept.events.take_lease(subscription, "other", NOON, NOON + timedelta(minutes=1))
    world.turn()
    assert world.receiver.tried == []
    world.turn(timedelta(minutes=1))  # the other ended without a word
    assert world.receiver.said() == ["team/a:1"]


def test_a_redirect_is_not_followed(world: World) -> None:
    world.subscribe("tag")
    world.receiver.answer = lambda _event: 307
    world.do("team/a:1")
    world.turn()
    assert len(world.receiver.tried) == 1
    (standing,) = list_subscriptions(world.records, ROOT)
    assert "307" in standing.subscription.error


def test_what_was_done_while_paused_is_sent_afterwards(world: World) -> None:
    subscription = world.subscribe("tag")
    set_paused(world.records, ROOT, subscription, NOON, paused=True)
    world.do("team/a:1")
    world.turn()
    assert world.receiver.tried == []
    set_paused(world.records, ROOT, subscription, NOON, paused=False)
    world.turn()
    assert world.receiver.said() == ["team/a:1"]


def test_a_test_is_signed_and_named_so(world: World) -> None:
    subscription = world.subscribe("tag")
    send_test(world.ports, ROOT, subscription, world.now)
    assert world.receiver.taken[0]["type"] == "dev.lading.event.test"


def test_only_administrators_subscribe_see_and_end(world: World) -> None:
    subscription = world.subscribe()
    with pytest.raises(Forbidden):
        subscribe(world.ports, ANN, NewSubscription(world.receiver.url), NOON, secret=SECRET)
    with pytest.raises(Forbidden):
        list_subscriptions(world.records, ANN)
    with pytest.raises(Forbidden):
        replay(world.records, ANN, subscription, (), NOON)
    with pytest.raises(Forbidden):
        unsubscribe(world.records, ANN, subscription, NOON)
    unsubscribe(world.records, ROOT, subscription, NOON)
    assert list_subscriptions(world.records, ROOT) == ()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://name:word@r.example/", "event-url-credentials"),
        ("https://name@r.example/", "event-url-credentials"),
        ("ftp://r.example/", "event-url-invalid"),
        ("https:///path", "event-url-invalid"),
        ("https://r.example/a b", "event-url-invalid"),
        ("https://r.example:99999/", "event-url-invalid"),
        ("https://[::1", "event-url-invalid"),
        ("https://r.example/" + "a" * 2000, "event-url-invalid"),
        ("https://r.example/\r\nX: y", "event-url-invalid"),
        ("http://r.example/", "event-url-plain"),
        ("http://127.0.0.1/", "event-address-refused"),
        ("https://169.254.169.254/latest", "event-address-refused"),
        ("https://[::1]/", "event-address-refused"),
        ("https://[::ffff:127.0.0.1]/", "event-address-refused"),
        ("https://0.0.0.0/", "event-address-refused"),
    ],
)
def test_urls_that_nothing_is_sent_to(url: str, code: str) -> None:
    with pytest.raises((Malformed, Forbidden)) as refused:
        EventWebhooks().check(url)
    assert refused.value.code == code


def test_a_name_of_this_machine_is_refused_when_it_is_looked_up() -> None:
    with pytest.raises(Forbidden) as refused:
        EventWebhooks(plain_http=True).send("http://localhost:1/", {}, b"{}")
    assert refused.value.code == "event-address-refused"


def test_with_a_list_of_hosts_no_other_is_sent_to() -> None:
    with pytest.raises(Forbidden) as refused:
        EventWebhooks(("r.example",)).check("https://s.example/")
    assert refused.value.code == "event-host-refused"
