"""The pages of trust: rules, signers, who changed what, and what a signer signed."""

from lading.adapters.jobs_memory import MemoryJobs
from lading.workflows.key_grants import grant_key
from lading.workflows.trust_in_force import REEVALUATE, TrustPorts, revoke_signer, set_trust
from tests.support.console import Browser, ConsoleUnderTest, build_console
from tests.support.registry import ROOT
from tests.support.sample_fleet import NOW, build_fleet

HOSTILE = "<b>laptop</b> stolen"


def opened(*, admin: bool = True) -> tuple[ConsoleUnderTest, Browser]:
    console = build_console(fleet=build_fleet())
    console.add_person("ann", admin=admin)
    browser = Browser(console)
    browser.sign_in("ann")
    return console, browser


def ports(console: ConsoleUnderTest) -> TrustPorts:
    jobs = MemoryJobs({REEVALUATE: lambda _arguments: None}, workers=1)
    return TrustPorts(console.records, console.services.gate.sources.shipped_trust, jobs)


def test_what_is_trusted_before_anybody_set_anything_is_said() -> None:
    _, browser = opened()
    page = browser.get("/trust")
    assert page.status_code == 200
    for said in ("Nobody has set a trust policy yet", "release-2026", "Counts", "every repository"):
        assert said in page.text


def test_a_revoked_signer_and_who_revoked_it_and_why_are_shown() -> None:
    console, browser = opened()
    revoke_signer(ports(console), ROOT, "release-2026", HOSTILE, NOW)
    page = browser.get("/trust").text
    assert HOSTILE not in page
    for said in ("Revoked", "&lt;b&gt;laptop&lt;/b&gt; stolen", "in force", "root"):
        assert said in page
    listed = browser.get("/trust/signer?name=release-2026").text
    assert "Revoked" in listed


def test_what_a_signer_signed_leads_to_the_images_and_an_unknown_one_is_not_there() -> None:
    _, browser = opened()
    images = browser.get("/images").text
    assert images
    page = browser.get("/trust/signer?name=release-2026")
    assert page.status_code == 200
    assert "Signed by release-2026" in page.text
    assert browser.get("/trust/signer?name=nobody").status_code == 404
    assert browser.get("/trust/signer").status_code == 404


def test_rules_builders_and_grants_are_shown_to_who_administers() -> None:
    console, browser = opened()
    text = console.services.gate.sources.shipped_trust.text
    text += '\n[[builders]]\nname = "ci"\nid = "https://ci.example/*"\nowner = "<i>platform</i>"\n'
    set_trust(ports(console), ROOT, text.encode(), "trust", NOW, why="builders")
    grant_key(console.records, ROOT, ("release-2027", "person:ann", "shop/**"), NOW)
    page = browser.get("/trust").text
    assert "<i>platform</i>" not in page
    for said in ("https://ci.example/*", "release-2027", "person:ann", "shop/**", "builders"):
        assert said in page


def test_grants_of_keys_are_not_shown_to_others() -> None:
    console, browser = opened(admin=False)
    grant_key(console.records, ROOT, ("release-2027", "person:bob", "shop/**"), NOW)
    page = browser.get("/trust")
    assert page.status_code == 200
    assert "person:bob" not in page.text
    assert "Keys of the server" not in page.text
