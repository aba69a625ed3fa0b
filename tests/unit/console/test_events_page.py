"""The page of events: receivers, dead letters, and buttons for administrators."""

import html

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.audit.event_subscription import Delivery, EventSubscription
from tests.support.console import Browser, ConsoleUnderTest, build_console, form_token_in
from tests.support.event_receiver import is_genuine, running_receiver
from tests.support.registry import NOON


def signed_in(console: ConsoleUnderTest, name: str) -> Browser:
    browser = Browser(console)
    browser.sign_in(name)
    return browser


def test_dead_letters_are_shown_and_sent_again() -> None:
    console = build_console()
    console.add_person("ann", admin=True)
    browser = signed_in(console, "ann")
    with console.records.write() as kept:
        head = kept.audit.head()
        assert head is not None
        pattern = RepositoryPattern.parse("**")
        one = EventSubscription("s1", "https://<b>r</b>.example/", (), pattern, "whsec_eA==", NOON, "ann", 0)
        kept.events.add_subscription(one)
        kept.events.save_delivery(Delivery("s1", head.sequence, "", 12, NOON, dead=True, error="status 500"))
    page = browser.get("/registry/events")
    assert page.status_code == 200
    assert "<b>r</b>" not in page.text
    assert "whsec_" not in page.text
    assert "status 500" in page.text
    form = {"form_token": form_token_in(page), "sequence": str(head.sequence)}
    assert browser.post("/registry/events/s1/replay", form).status_code == 303
    assert browser.post("/registry/events/s1/pause", form).status_code == 303
    with console.records.read() as kept:
        assert kept.events.count_deliveries("s1", dead=True) == 0
        (found,) = kept.events.subscriptions()
        assert found.paused


def test_who_is_no_administrator_does_not_see_it() -> None:
    console = build_console()
    console.add_person("guest")
    assert signed_in(console, "guest").get("/registry/events").status_code == 403


def test_a_receiver_is_subscribed_tried_and_removed_on_the_page() -> None:
    console = build_console()
    console.add_person("ann", admin=True)
    ann = signed_in(console, "ann")
    with running_receiver() as receiver:
        form = {"form_token": form_token_in(ann.get("/registry/events"))}
        asked = {"url": receiver.url, "actions": "manifest.push, tag", "repositories": "shop/**"}
        made = ann.post("/registry/events", {**form, **asked})
        assert made.status_code == 200
        with console.records.read() as kept:
            (found,) = kept.events.subscriptions()
        assert (found.actions, found.repositories.text) == (("manifest.push", "tag"), "shop/**")
        assert found.secret in html.unescape(made.text)
        assert found.secret not in html.unescape(ann.get("/registry/events").text)
        tried = ann.post(f"/registry/events/{found.id}/try", form)
        assert tried.headers["location"].endswith("done=events-tried")
        assert len(receiver.taken) == 1
        assert is_genuine(found.secret, receiver.headers[0], receiver.bodies[0], console.clock().timestamp())
        receiver.answer = lambda _event: 500
        assert "answered with status 500" in ann.post(f"/registry/events/{found.id}/try", form).text
    assert ann.post(f"/registry/events/{found.id}/remove", form).status_code == 303
    assert "Nobody is told of what is done here." in ann.get("/registry/events").text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"url": "ftp://receiver.example"}, "events are sent to a URL like"),
        ({"url": "http://receiver.example/"}, "events may not be sent to receiver.example"),
        ({"url": "http://127.0.0.1:1/", "actions": "Everything!"}, "is no action"),
        ({"url": "http://127.0.0.1:1/", "repositories": "NO"}, "repository pattern"),
    ],
)
def test_what_cannot_be_subscribed_is_shown_again(typed: dict[str, str], says: str) -> None:
    console = build_console()
    console.add_person("ann", admin=True)
    ann = signed_in(console, "ann")
    form = {"form_token": form_token_in(ann.get("/registry/events")), "repositories": "**", "actions": ""}
    refused = ann.post("/registry/events", {**form, **typed})
    assert refused.status_code == 400
    assert says in html.unescape(refused.text)
    with console.records.read() as kept:
        assert kept.events.subscriptions() == ()
