"""Events over the management API."""

from collections.abc import Iterator

import pytest

from lading.workflows.send_events import subscriptions_with_work, take_turn
from tests.support.event_receiver import Receiver, running_receiver
from tests.support.management import Api, code_of


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def api() -> Api:
    api = Api()
    api.add_person("root", admin=True)
    api.add_person("ann", ("maintainer", "**"))
    return api


def test_the_secret_is_shown_once_and_a_receiver_is_told(api: Api, receiver: Receiver) -> None:
    made = api.ask("POST", "/events/subscriptions", who="root", json={"url": receiver.url})
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    listed = api.ask("GET", "/events/subscriptions", who="root")
    assert "whsec_" not in listed.text
    assert listed.json()["items"][0]["url"] == receiver.url
    for each in subscriptions_with_work(api.app_services.events):
        take_turn(api.app_services.events, each)
    assert receiver.taken[0]["type"] == "dev.lading.event-subscription.add"
    assert made.json()["secret"] not in receiver.bodies[0].decode()


def test_what_was_not_taken_is_listed_and_sent_again(api: Api, receiver: Receiver) -> None:
    made = api.ask("POST", "/events/subscriptions", who="root", json={"url": receiver.url}).json()
    path = f"/events/subscriptions/{made['id']}"
    assert api.ask("GET", f"{path}/dead", who="root").json()["items"] == []
    assert api.ask("POST", f"{path}/replay", who="root", json={}).json() == {"letters": 0}
    assert api.ask("POST", f"{path}/pause", who="root").json() == {"id": made["id"], "paused": True}
    assert api.ask("POST", f"{path}/resume", who="root").json() == {"id": made["id"], "paused": False}
    assert api.ask("POST", f"{path}/test", who="root").json()["event"].startswith("test-")
    receiver.answer = lambda _event: 500
    assert code_of(api.ask("POST", f"{path}/test", who="root")) == "event-not-taken"
    assert api.ask("DELETE", path, who="root").status_code == 204
    assert code_of(api.ask("POST", f"{path}/test", who="root")) == "event-subscription-unknown"


def test_who_is_no_administrator_is_refused_everywhere(api: Api) -> None:
    for method, path in [
        ("GET", "/events/subscriptions"),
        ("GET", "/events/subscriptions/x/dead"),
        ("POST", "/events/subscriptions/x/pause"),
        ("POST", "/events/subscriptions/x/resume"),
        ("POST", "/events/subscriptions/x/test"),
        ("DELETE", "/events/subscriptions/x"),
    ]:
        assert api.ask(method, path, who="ann").status_code == 403


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://10.0.0.1/"}, "event-host-refused"),
        ({"url": "http://u:p@127.0.0.1/"}, "event-url-credentials"),
        ({"url": "http://127.0.0.1/", "actions": ["a b"]}, "event-actions-invalid"),
        ({"url": "http://127.0.0.1/", "repositories": "A"}, "repository-pattern-invalid"),
        ({"url": "x" * 3000}, "request-invalid"),
        ({}, "request-invalid"),
    ],
)
def test_what_cannot_be_subscribed_to(api: Api, body: dict[str, object], code: str) -> None:
    assert code_of(api.ask("POST", "/events/subscriptions", who="root", json=body)) == code
