"""Text that others write (packages, paths, build steps, advisories, reasons) stays text on every page."""

from datetime import timedelta

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.advisories.advisory import Advisory, Affected, AffectedRange, Severity
from lading.audit.entry import Event
from lading.cataloging.analysis import Distro, Secret, Unreadable
from lading.console.links import image_link, list_link, own_path, web_link
from lading.inventory.container import RunningContainer
from lading.packages.package import Package
from lading.policy.waiver import Waiver, WaiverScope
from lading.ports.records.advisories import FeedState
from lading.ports.records.inventory import Host
from lading.ports.records.matches import Match, MatchStatus
from lading.ports.records.people import Ownership, Team
from tests.support.analyses import dist_info, layer
from tests.support.console import Browser, ConsoleUnderTest, build_console
from tests.support.html import Node, read_html
from tests.support.sample_fleet import NOW, Fleet

EVIL = """"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 1337*7331 }}"""
LINK = "javascript:alert(3)"


@pytest.fixture(scope="module")
def hostile() -> Fleet:
    """Records in which everything that others may write is hostile."""
    fleet = Fleet()
    package = Package("pypi", "", EVIL, EVIL, licenses=(EVIL,))
    analysis = layer(
        "evil",
        dist_info(package, EVIL),
        placed_on="",
        secrets=[Secret(EVIL, EVIL, 1, EVIL)],
        unreadable=[Unreadable(EVIL, EVIL, EVIL)],
    )
    distro = Distro("evil", "1", EVIL)
    fleet.digests["evil"] = fleet.push("evil/app", ["1.0"], [(analysis, EVIL, 10)], distro=distro, user=EVIL)
    reach = Affected("pypi", "", EVIL, "", "pypi", (AffectedRange(fixed=EVIL),))
    advisory = Advisory(
        "starter", EVIL, (EVIL,), EVIL, Severity.CRITICAL, EVIL, EVIL, "", withdrawn=False, affected=(reach,),
        references=(LINK, f"https://example.org/{EVIL}", "data:text/html,x"), known_exploited=True,
    )  # fmt: skip
    match = Match(
        package, EVIL, "starter", EVIL, MatchStatus.UNDETERMINED, Severity.CRITICAL, EVIL,
        {"rule": "version-unparsable", "name": EVIL, "version": EVIL, "scheme": EVIL, "says": EVIL},
    )  # fmt: skip
    waiver = Waiver(
        "w1", WaiverScope(RepositoryPattern.parse("**"), rules=(EVIL,)), EVIL, LINK, f"person:{EVIL}", NOW,
        NOW + timedelta(days=1),
    )  # fmt: skip
    container = RunningContainer(
        EVIL, EVIL, "c1", EVIL, EVIL, EVIL, (EVIL,), EVIL, {EVIL: EVIL}, privileged=True, user=EVIL
    )
    with fleet.registry.records.write() as kept:
        kept.advisories.replace_feed(FeedState("starter", NOW, None, "", 0), [advisory])
        kept.matches.replace_matches(kept.contents.known([package]), [match])
        kept.people.save_team(Team(EVIL, EVIL, EVIL))
        kept.people.own(Ownership("evil/**", EVIL))
        kept.governance.add_waiver(waiver)
        kept.inventory.report(Host(EVIL, EVIL, NOW), [container])
        kept.audit.append(Event(EVIL, EVIL, EVIL, EVIL, EVIL, {EVIL: [EVIL]}, EVIL))
    return fleet


@pytest.fixture(scope="module")
def reader(hostile: Fleet) -> Browser:
    console: ConsoleUnderTest = build_console(fleet=hostile)
    console.add_person("ann", admin=True)
    browser = Browser(console)
    browser.sign_in("ann")
    return browser


PARTS = ("", "/findings", "/packages", "/layers", "/secrets", "/files", "/trust", "/decisions", "/history")
PAGES = (
    "/", "/images", "/repositories", "/running", "/environments", "/waivers", "/waivers/new", "/audit",
    "/who-has",
    "/advice",
    "/feeds", "/nowhere",
)  # fmt: skip
QUERY = list_link(
    "", q=EVIL, repository=EVIL, actor=EVIL, action=EVIL, subject=EVIL, host=EVIL, flag=EVIL, reason=EVIL,
    repositories=EVIL, state=EVIL, done=EVIL, severity=EVIL, only=EVIL, layer=EVIL,
)  # fmt: skip


def assert_harmless(text: str) -> Node:
    page = read_html(text)
    for node in page.all():
        assert node.tag not in {"script", "iframe", "object", "embed", "style", "base"}, node.tag
        assert node.tag != "img" or node.attributes["src"].startswith("/static/")
        assert not any(name.startswith("on") or name == "style" for name in node.attributes), node.attributes
        for name in ("href", "action", "src"):
            address = node.attributes.get(name, "/")
            assert address.startswith(("/", "#", "?", "https://example.org/")), address
            assert not address.startswith("//")
    assert str(1337 * 7331) not in page.text, "a template read text as code"
    return page


@pytest.mark.parametrize("part", PARTS)
def test_what_an_image_holds_stays_text(reader: Browser, hostile: Fleet, part: str) -> None:
    answer = reader.get(f"/images/evil/app@{hostile.digests['evil']}{part}")
    assert answer.status_code == 200
    assert_harmless(answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_what_is_written_elsewhere_stays_text(reader: Browser, path: str) -> None:
    assert_harmless(reader.get(path).text)


@pytest.mark.parametrize("path", [*PAGES, "/sign-in"])
def test_what_an_address_says_stays_text(reader: Browser, path: str) -> None:
    assert_harmless(reader.get(path + QUERY).text)


def test_hostile_text_is_shown_as_it_is(reader: Browser, hostile: Fleet) -> None:
    base = f"/images/evil/app@{hostile.digests['evil']}"
    for part in ("/findings", "/packages", "/layers", "/secrets"):
        page = assert_harmless(reader.get(base + part).text)
        assert "<script>alert(1)</script>" in page.text, part


def test_only_links_to_the_web_are_followed(reader: Browser, hostile: Fleet) -> None:
    page = assert_harmless(reader.get(f"/images/evil/app@{hostile.digests['evil']}/findings").text)
    outside = [link for link in page.all("a") if link.attributes["href"].startswith("http")]
    assert all("noreferrer" in link.attributes["rel"] for link in outside)
    assert "javascript" not in reader.get("/waivers").text.replace(">javascript:alert(3)<", "><")


def test_a_hostile_name_at_sign_in_stays_text(reader: Browser) -> None:
    stranger = Browser(reader.console)
    assert_harmless(stranger.sign_in(EVIL, after=EVIL).text)


@pytest.mark.parametrize(
    "text", [LINK, "data:text/html,x", "//evil.example", "ftp://x", "https://", "http://a b"]
)
def test_addresses_of_other_kinds_are_no_links(text: str) -> None:
    assert web_link(text) == ""


def test_links_keep_names_whole() -> None:
    assert image_link("a/b", "sha256:0", "x y?#") == "/images/a/b@sha256:0/x%20y%3F%23"
    assert list_link("/x", q='a&b="c"', empty="") == "/x?q=a%26b%3D%22c%22"
    assert own_path("/a?b=c") == "/a?b=c"
