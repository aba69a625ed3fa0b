"""The page of events: receivers, dead letters, and buttons for administrators."""

from lading.access.repository_pattern import RepositoryPattern
from lading.audit.event_subscription import Delivery, EventSubscription
from tests.support.console import Browser, ConsoleUnderTest, build_console, form_token_in
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
