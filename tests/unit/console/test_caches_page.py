"""The page of caches: upstreams and how they answer, what is held, what is stale."""

from datetime import timedelta

from lading.oci.digest import Digest
from lading.ports.records.upstreams import CachedTag
from lading.registry.rate_limits import Quota
from lading.registry.upstreams import Cache, UpstreamRegistry
from tests.support.console import Browser, ConsoleUnderTest, build_console
from tests.support.registry import NOON


def visit(console: ConsoleUnderTest, name: str, path: str = "/registry/caches") -> tuple[int, str]:
    browser = Browser(console)
    browser.sign_in(name)
    page = browser.get(path)
    return page.status_code, page.text


def test_upstreams_caches_and_stale_tags_are_shown_without_secrets() -> None:
    console = build_console()
    console.add_person("ann", admin=True)
    assert "lading upstream set" in visit(console, "ann")[1]
    with console.records.write() as kept:
        kept.upstreams.save_upstream(
            UpstreamRegistry(
                "hub", "https://hub.example", "robot", "v1:sealed", timedelta(hours=1), 9, NOON, ""
            )
        )
        kept.upstreams.note_answer("hub", NOON, "it answered 429: <b>slow</b>", Quota())
        kept.upstreams.save_cache(Cache("hub", "hub", "library", "docker.io", NOON, ""))
        kept.upstreams.save_tag(CachedTag("hub/debian", "12", Digest.of(b"x"), NOON, "it <i>is</i> down"))
    status, text = visit(console, "ann")
    assert status == 200
    for shown in (
        "https://hub.example",
        "Does not help",
        "0 of 9",
        "hub/debian:12",
        "Stale",
        "?ns=docker.io",
    ):
        assert shown in text
    for hidden in ("<b>slow", "<i>is", "sealed"):
        assert hidden not in text


def test_who_is_no_administrator_does_not_see_it() -> None:
    console = build_console()
    console.add_person("guest")
    assert visit(console, "guest")[0] == 403
