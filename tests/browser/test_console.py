"""The console as a person uses it: by keyboard, on a phone, in the dark; nothing is asked of anybody else."""

import pytest

from tests.browser.accessibility import Finding, examine
from tests.browser.conftest import PHONE, WIDE, OpenVisitor, Site, Visitor
from tests.support.console import PASSWORD

pytestmark = pytest.mark.browser


def sign_in(visitor: Visitor, after: str = "/") -> None:
    """Sign in as somebody does who has no mouse: the name has the focus, Tab, password, Enter."""
    visitor.go(f"/sign-in?next={after}")
    keyboard = visitor.page.keyboard
    visitor.page.locator("#name:focus").wait_for()  # a person waits for the cursor too
    keyboard.type("ann")
    keyboard.press("Tab")
    visitor.page.locator("#password:focus").wait_for()
    keyboard.type(PASSWORD)
    with visitor.page.expect_navigation():
        keyboard.press("Enter")
    assert "/sign-in" not in visitor.page.url


def pages_of(site: Site) -> dict[str, str]:
    """Every kind of page, by the name of its screenshot."""
    digests = site.fleet.digests
    bad, good = (f"/images/shop/checkout@{digests[name]}" for name in ("bad", "good"))
    return {
        "overview": "/",
        "images": "/images",
        "images-empty": "/images?q=nothing-like-it",
        "image": bad,
        "image-good": good,
        "image-index": f"/images/shop/search@{digests['index']}",
        "image-failed": f"/images/team-x/legacy@{digests['failed']}",
        "findings": f"{bad}/findings",
        "packages": f"{bad}/packages",
        "layers": f"{bad}/layers",
        "secrets": f"{bad}/secrets",
        "files": f"{bad}/files",
        "signatures": f"{good}/trust",
        "decisions": f"{bad}/decisions",
        "history": f"{good}/history",
        "decision": "/decisions/decision-0001",
        "repositories": "/repositories",
        "who-has": "/who-has",
        "who-has-answer": "/who-has?q=CVE-2014-6271",
        "work-list": "/advice",
        "changes": "/alerts",
        "feeds": "/feeds",
        "running": "/running",
        "environments": "/environments",
        "waivers": "/waivers",
        "trust": "/trust",
        "signer": "/trust/signer?name=release-2026",
        "waiver-form": "/waivers/new",
        "campaigns": "/campaigns",
        "campaign": "/campaigns/under-way",
        "campaign-stopped": "/campaigns/stopped",
        "campaign-over": "/campaigns/over",
        "audit": "/audit",
        "tokens": "/tokens",
        "password": "/password",
    }


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_page_can_be_read_by_everybody(visit: OpenVisitor, site: Site, width: int, dark: bool) -> None:
    visitor = visit(width, dark=dark)
    sign_in(visitor)
    found: dict[str, list[Finding]] = {}
    for name, path in pages_of(site).items():
        visitor.go(path)
        if not dark:
            visitor.keep_screenshot(f"{name}-{width}")
        elif width == WIDE:
            visitor.keep_screenshot(f"{name}-{width}-dark")
        if problems := examine(visitor.page):
            found[name] = problems
    assert found == {}


def test_signing_in_needs_no_mouse_and_leads_where_one_wanted_to_go(visit: OpenVisitor) -> None:
    visitor = visit()
    sign_in(visitor, after="/audit")
    assert visitor.page.url.endswith("/audit")
    assert visitor.page.title() == "Audit · Lading"


def test_a_failed_sign_in_says_so_calmly_and_keeps_the_name(visit: OpenVisitor) -> None:
    visitor = visit(PHONE)
    visitor.go("/sign-in")
    visitor.page.fill("#name", "ann")
    visitor.page.fill("#password", "not this one, I fear")
    visitor.page.press("#password", "Enter")
    alert = visitor.page.get_by_role("alert")
    assert "This name and password do not belong together." in alert.inner_text()
    assert visitor.page.input_value("#name") == "ann"
    assert visitor.page.evaluate("document.activeElement.id") == "password"
    visitor.keep_screenshot(f"sign-in-failed-{PHONE}")
    assert examine(visitor.page) == []
    visitor.complaints = [text for text in visitor.complaints if "403" not in text]


def test_the_first_tab_skips_to_the_content(visit: OpenVisitor) -> None:
    visitor = visit()
    sign_in(visitor, after="/images")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.textContent") == "Skip to content"
    visitor.page.keyboard.press("Enter")
    assert visitor.page.evaluate("document.activeElement.id") == "main"
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_from_a_number_to_its_list_to_the_evidence_by_keyboard_alone(visit: OpenVisitor) -> None:
    visitor = visit()
    sign_in(visitor, after="/images?q=2.3.9")
    page = visitor.page
    page.locator("td a.severity.critical").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("tbody tr").count() == 2
    page.locator(".head a .badge").locator("..").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/decisions/decision-0001")
    assert page.get_by_role("heading", name="Rules that object").is_visible()


def test_details_of_a_finding_open_by_keyboard(visit: OpenVisitor, site: Site) -> None:
    visitor = visit()
    sign_in(visitor, after=f"/images/shop/checkout@{site.fleet.digests['bad']}/findings")
    summary = visitor.page.locator("details.more > summary").first
    summary.focus()
    visitor.page.keyboard.press("Enter")
    assert visitor.page.get_by_text("Why it stands here").first.is_visible()
    visitor.keep_screenshot("finding-open")
    assert examine(visitor.page) == []


def test_everything_works_without_scripts(visit: OpenVisitor) -> None:
    visitor = visit(script=False)
    sign_in(visitor)
    visitor.page.fill("form.find input", "bash < 4.3")
    visitor.page.press("form.find input", "Enter")
    visitor.page.wait_for_url("**/who-has?q=*")
    assert "1 image has it" in visitor.page.inner_text("main")
    visitor.page.click("text=Sign out")
    visitor.page.wait_for_url("**/sign-in?said=signed-out")


def test_a_waiver_is_asked_for_and_approved_by_somebody_else(visit: OpenVisitor) -> None:
    ann, ben = visit(), visit(PHONE)
    sign_in(ann, after="/waivers/new")
    ann.page.fill("#repositories", "base/**")
    ann.page.fill("#rules", "no-root-user")
    ann.page.fill("#ticket", "OPS-77")
    ann.page.fill("#reason", "The base image is rebuilt on Monday.")
    ann.page.fill("#expires", "2026-03-05")
    ann.page.click("text=Ask for it")
    assert "The waiver was requested." in ann.page.get_by_role("status").inner_text()
    ben.go("/sign-in?next=/waivers")
    ben.page.fill("#name", "ben")
    ben.page.fill("#password", PASSWORD)
    ben.page.press("#password", "Enter")
    row = ben.page.locator("tr", has_text="OPS-77")
    row.get_by_role("button", name="Approve").click()
    assert "is approved" in ben.page.get_by_role("status").inner_text()
    assert "Counts" in ben.page.locator("tr", has_text="OPS-77").inner_text()


def test_the_chain_is_verified_at_a_click(visit: OpenVisitor) -> None:
    visitor = visit()
    sign_in(visitor, after="/audit")
    visitor.page.click("text=Verify the chain")
    assert "Intact" in visitor.page.locator("section.chain").inner_text()
    visitor.keep_screenshot("audit-verified")


def test_a_page_that_is_not_there_looks_like_the_others(visit: OpenVisitor) -> None:
    visitor = visit(PHONE)
    sign_in(visitor)
    visitor.go("/nowhere")
    assert visitor.page.get_by_role("heading", name="Not found").is_visible()
    visitor.keep_screenshot(f"not-found-{PHONE}")
    assert examine(visitor.page) == []
    visitor.complaints = [text for text in visitor.complaints if "404" not in text]
