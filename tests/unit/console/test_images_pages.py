"""The list of images, and the pages of one image."""

import pytest

from lading.console.pages import image_lists, images
from tests.support.console import Browser, ConsoleUnderTest
from tests.support.html import Node, read_html
from tests.support.sample_fleet import Fleet


def page(browser: Browser, path: str, status: int = 200) -> Node:
    answer = browser.get(path)
    assert answer.status_code == status, answer.text[:2000]
    return read_html(answer.text)


def image_page(browser: Browser, fleet: Fleet, name: str, part: str = "") -> Node:
    return page(browser, image_path(fleet, name, part))


def image_path(fleet: Fleet, name: str, part: str = "") -> str:
    repository = {"base": "base/python", "index": "shop/search", "pending": "team-x/experiment"}.get(
        name, "team-x/legacy" if name == "failed" else "shop/checkout"
    )
    return f"/images/{repository}@{fleet.digests[name]}" + (f"/{part}" if part else "")


def row_of(node: Node, text: str) -> Node:
    (found,) = [row for row in node.all("tr") if text in row.text and row.all("td")]
    return found


def test_the_list_shows_verdict_counts_and_owner(ann: Browser) -> None:
    row = row_of(page(ann, "/images"), "2.3.9")
    assert "✕ Denied" in row.text
    assert "payments" in row.text
    numbers = [cell.text for cell in row.all("td", class_="number")]
    assert numbers[:3] == ["2", "2", "3"]


def test_every_number_leads_to_its_list(ann: Browser) -> None:
    row = row_of(page(ann, "/images"), "2.3.9")
    for link in row.all("a", class_="severity bare critical") + row.all("a", class_="severity bare high"):
        listed = page(ann, link.attributes["href"])
        assert len(listed.rows()) == int(link.text)


def test_what_is_not_analysed_is_not_shown_as_free_of_findings(ann: Browser) -> None:
    listed = page(ann, "/images")
    pending, failed = row_of(listed, "team-x/experiment"), row_of(listed, "team-x/legacy")
    assert "? Analysis pending" in pending.text
    assert "? Analysis failed" in failed.text
    for row in (pending, failed):
        assert row.all("td", data_label="Critical") == []
        assert "✓" not in row.text
        assert "nobody" in row.text


def test_the_list_is_searched_and_filtered(ann: Browser) -> None:
    assert len(page(ann, "/images?q=checkout").rows()) == 2
    assert len(page(ann, "/images?repository=base%2Fpython").rows()) == 1
    nothing = page(ann, "/images?q=zzz")
    assert "No image is like that." in nothing.text


def test_the_list_goes_on_by_key(ann: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "ROWS", 3)
    seen: list[str] = []
    link = "/images"
    for _ in range(10):
        shown = page(ann, link)
        seen += shown.rows()
        following = shown.all("a", rel="next")
        if not following:
            break
        link = following[0].attributes["href"]
    assert len(seen) == len(set(seen)) == 8


def test_a_tag_leads_to_the_image_that_it_means_now(ann: Browser, fleet: Fleet) -> None:
    answer = ann.get("/images/shop/checkout:latest")
    assert answer.status_code == 303
    assert answer.headers["location"] == image_path(fleet, "good")
    assert ann.get("/images/shop/checkout:none").status_code == 404


def test_the_summary_says_what_is_wrong_and_what_to_do(ann: Browser, fleet: Fleet) -> None:
    shown = image_page(ann, fleet, "bad")
    verdict = shown.one("section", aria_labelledby="verdict")
    assert "✕ Denied" in verdict.text
    assert "Upgrade bash to 4.2+dfsg-0.1+deb7u1" in verdict.text
    assert "? Undetermined The base image is approved" in verdict.text
    assert "deleted by a later layer, and shipped all the same" in verdict.text
    assert "Debian GNU/Linux 7 (wheezy)" in shown.text
    assert "1 thing could not be read" in shown.text
    assert "checkout-7d9f8-x2k" in shown.one("section", aria_labelledby="where").text


def test_a_verdict_opens_its_evidence(ann: Browser, fleet: Fleet) -> None:
    links = {link.attributes["href"] for link in image_page(ann, fleet, "bad").all("a")}
    assert "/decisions/decision-0001" in links
    decision = page(ann, "/decisions/decision-0001")
    rule = decision.one("article", id="rule-no-secrets")
    assert "secret.path app/deploy.key" in rule.text
    assert "✕ Fails" in rule.text
    undetermined = decision.one("article", id="rule-base-approved")
    assert "? Undetermined" in undetermined.text
    assert "catalogue of bases could not be asked" in undetermined.text
    passing = decision.one("section", aria_labelledby="passing")
    assert "✓ Passes" in passing.text
    asks = [link.attributes["href"] for link in rule.all("a")]
    assert asks == ["/waivers/new?repositories=shop%2Fcheckout&rules=no-secrets&environments=prod"]


def test_findings_are_in_order_of_urgency(ann: Browser, fleet: Fleet) -> None:
    rows = image_page(ann, fleet, "bad", "findings").rows()
    assert rows[0].startswith("CVE-2014-6271 ✕ Exploited")
    assert "Fixed in" not in rows[0]
    assert "4.2+dfsg-0.1+deb7u1" in rows[0]
    assert "Used in attacks, critical severity" in rows[0]
    assert "bash 4.2+dfsg-0.1 is before 4.2+dfsg-0.1+deb7u1, which has the fix" in rows[0]


def test_a_finding_that_is_not_sure_says_so(ann: Browser, fleet: Fleet) -> None:
    rows = image_page(ann, fleet, "good", "findings?only=undetermined").rows()
    assert len(rows) == 1
    assert "? Undetermined" in rows[0]
    assert "could not be compared" in rows[0]
    summary = image_page(ann, fleet, "good").one("section", aria_labelledby="counts")
    assert "? Undetermined 1" in summary.text


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("severity=critical", 2),
        ("only=fixable", 7),
        ("only=exploited", 2),
        ("layer=1", 5),
        ("q=SHELLSHOCK", 1),
        ("q=REQUESTS", 2),
        ("q=7169", 1),
    ],
)
def test_findings_are_filtered(ann: Browser, fleet: Fleet, query: str, number: int) -> None:
    assert len(image_page(ann, fleet, "bad", f"findings?{query}").rows()) == number


def test_pages_of_findings_fit_together(ann: Browser, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = image_page(ann, fleet, "bad", "findings").rows()
    monkeypatch.setattr(image_lists, "ROWS", 3)
    seen: list[str] = []
    link = image_path(fleet, "bad", "findings")
    while link:
        shown = page(ann, link)
        seen += shown.rows()
        following = shown.all("a", rel="next")
        link = following[0].attributes["href"] if following else ""
    assert seen == whole


def test_a_forged_page_key_is_refused(ann: Browser, fleet: Fleet) -> None:
    for key in ("x", "WzFd", "bnVsbA", "W1tdLFtdLFtdLFtdXQ"):
        assert ann.get(image_path(fleet, "bad", f"findings?after={key}")).status_code == 400


def test_what_could_not_be_read_makes_the_findings_incomplete(ann: Browser, fleet: Fleet) -> None:
    shown = image_page(ann, fleet, "bad", "findings")
    assert "The list may lack findings: 1 thing in the image could not be read." in shown.text
    layers = image_page(ann, fleet, "bad", "layers").one("section", id="unreadable")
    assert "app/vendor/blob.db record 3 names no package dpkg 2" in layers.text


def test_layers_say_who_brought_what(ann: Browser, fleet: Fleet) -> None:
    shown = image_page(ann, fleet, "bad", "layers")
    rows = [row.attributes["id"] for row in shown.all("tr") if row.attributes.get("id")]
    assert rows == ["layer-4", "layer-3", "layer-2", "layer-1", "layer-0"], "the newest on top"
    pip = shown.one("tr", id="layer-1")
    assert "RUN /bin/sh -c pip install" in pip.text
    assert [cell.text for cell in pip.all("td", class_="number")] == ["3", "5", "0", "39.1 MiB"]
    packages = [link for link in pip.all("a") if "packages" in link.attributes["href"]]
    assert len(page(ann, packages[0].attributes["href"]).rows()) == 3


def test_a_deleted_secret_still_ships(ann: Browser, fleet: Fleet) -> None:
    setting, row = image_page(ann, fleet, "bad", "secrets").rows()
    assert "environment DB_PASSWORD" in setting
    assert "hand it to the container when it starts" in setting
    assert "app/deploy.key" in row
    assert "put its public half everywhere" in row
    assert "✕ Still ships" in row
    assert "Layer 4 deletes the file, but layer 3 is part of every pull." in row
    assert "No secrets were found." in image_page(ann, fleet, "good", "secrets").text
    assert "Not known." in image_page(ann, fleet, "failed", "secrets").text


def test_what_files_may_do_and_where_they_come_from(ann: Browser, fleet: Fleet) -> None:
    shown = image_page(ann, fleet, "bad", "files")
    for words in (
        "Understood: 99 %",
        "697 of 700 programs",
        "4,739 package",
        "/usr/bin/ping (cap_net_raw=ep)",
        "there is no program /srv/start in the image",
        "deploy signs in without a password",
        "Changed since installed: 1",
        "/usr/bin/login",
        "Unexplained: 2",
        "Nothing that a package installed is missing.",
    ):
        assert words in shown.text, words
    assert "Not known." in image_page(ann, fleet, "failed", "files").text


def test_packages_are_searched(ann: Browser, fleet: Fleet) -> None:
    assert len(image_page(ann, fleet, "bad", "packages").rows()) == 8
    (row,) = image_page(ann, fleet, "good", "packages?q=LIBC").rows()
    assert row.startswith("libc6 of glibc 2.36-9+deb12u9")


def test_signatures_are_verified_or_not_or_undetermined(ann: Browser, fleet: Fleet) -> None:
    good, bad = image_page(ann, fleet, "good", "trust"), image_page(ann, fleet, "bad", "trust")
    assert "✓ Signed Signed by release-2026" in good.text
    assert "✕ Not signed" in bad.text
    assert "Step 2 of the verification failed" in bad.text
    absent = row_of(good, "https://spdx.dev/Document")
    assert "· None" in absent.text, "an attestation that nobody made is no failure"


def test_bills_of_materials_can_be_downloaded(ann: Browser, fleet: Fleet) -> None:
    shown = image_page(ann, fleet, "good")
    links = [link.attributes["href"] for link in shown.all("a") if "download" in link.attributes]
    assert len(links) == 2
    cyclonedx = ann.get(links[0])
    assert cyclonedx.content == b'{"bomFormat":"CycloneDX"}'
    assert cyclonedx.headers["content-type"] == "application/vnd.cyclonedx+json"
    assert 'attachment; filename="shop-checkout-' in cyclonedx.headers["content-disposition"]
    assert cyclonedx.headers["content-security-policy"].startswith("default-src 'none'")
    assert ann.get(links[0].replace("cyclonedx-1.6", "word-97")).status_code == 404


def test_history_has_tags_and_promotions(ann: Browser, fleet: Fleet) -> None:
    rows = image_page(ann, fleet, "good", "history").rows()
    assert any("Promoted to test" in row and "smoke tests are green" in row for row in rows)
    assert any("Tag latest moved here" in row for row in rows)
    assert "Pushed" in rows[-1]
    assert any("✕ Denied Refused for prod" in row for row in image_page(ann, fleet, "bad", "history").rows())


def test_an_index_lists_its_images(ann: Browser, fleet: Fleet) -> None:
    shown = image_page(ann, fleet, "index")
    assert "Images of this index" in shown.text
    assert "Findings are those of the images for each platform" in shown.text


def test_attestations_of_a_builder_are_shown_with_their_image_and_not_as_a_platform(
    ann: Browser, fleet: Fleet
) -> None:
    images = image_page(ann, fleet, "index").one("section", aria_labelledby="children").all("li")
    assert sum("with https://slsa.dev/provenance/v1" in image.text for image in images) == 1
    assert len(images) == 2
    assert "unknown" not in page(ann, "/images?repository=shop%2Fsearch").text
    child = page(ann, f"/images/shop/search@{fleet.digests['attested']}")
    assert "https://slsa.dev/provenance/v1" in child.one("section", aria_labelledby="accessories").text


def test_an_image_that_is_not_there_is_not_found(ann: Browser) -> None:
    missing = "sha256:" + "0" * 64
    assert "There is no image" in page(ann, f"/images/shop/checkout@{missing}", 404).text
    assert ann.get("/images/shop/checkout@sha256:short").status_code == 400
    assert ann.get("/decisions/none").status_code == 404


def test_who_has_no_rights_sees_nothing_and_is_told_nothing(
    fleet_console: ConsoleUnderTest, fleet: Fleet
) -> None:
    fleet_console.add_person("guest")
    guest = Browser(fleet_console)
    guest.sign_in("guest")
    assert page(guest, "/images").rows() == []
    assert guest.get(image_path(fleet, "bad")).status_code == 404
    assert guest.get("/decisions/decision-0001").status_code == 404
    assert guest.get("/audit").status_code == 403


def test_the_page_of_signatures_tells_how_the_image_was_built(ann: Browser, fleet: Fleet) -> None:
    text = image_page(ann, fleet, "good", "trust").text
    assert "How it was built" in text
    assert "https://github.com/acme/checkout/actions/runs/42/attempts/1" in text
    assert "a1" * 20 in text
    assert "pkg:docker/docker.io/library/python" in text
    assert (
        "Nobody who is trusted says how this image was built." in image_page(ann, fleet, "bad", "trust").text
    )


def test_every_package_leads_to_why_it_is_there(ann: Browser, fleet: Fleet) -> None:
    listed = image_page(ann, fleet, "bad", "packages")
    link, *_ = (each for each in listed.all("a") if each.text == "why it is here")
    shown = page(ann, link.attributes["href"])
    assert "Needed by" in shown.text
    assert "not known" in shown.text, "the samples say nothing of what they need, and the page does not guess"
    page(ann, image_path(fleet, "bad", "packages/why") + "?name=no-such", status=404)
