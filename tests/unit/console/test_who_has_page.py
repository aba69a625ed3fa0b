"""Asking the fleet for a flaw or a package."""

from tests.support.console import Browser
from tests.support.html import Node, read_html


def ask(browser: Browser, question: str, status: int = 200) -> Node:
    answer = browser.request("GET", "/who-has?q=" + question.replace(" ", "+").replace("<", "%3C"))
    assert answer.status_code == status, answer.text[:1000]
    return read_html(answer.text)


def test_a_flaw_is_found_in_images_and_containers_with_their_owners(ann: Browser) -> None:
    page = ask(ann, "CVE-2014-6271")
    assert "1 image has it, and 1 container runs it now. Owners: payments." in page.text
    assert "Known to be exploited" in page.text
    running = page.one("section", aria_labelledby="running").rows()
    assert running == [
        "checkout-7d9f8-x2k registry.example:7780/shop/checkout:2.3.9 node-17 payments 40 minutes ago"
    ]
    (image,) = page.one("section", aria_labelledby="images").rows()
    assert image.startswith("shop/checkout 2.3.9")
    assert "✕ Affected bash 4.2+dfsg-0.1 is before 4.2+dfsg-0.1+deb7u1, which has the fix" in image
    assert "payments #payments" in image


def test_a_flaw_is_found_by_the_name_that_people_use(ann: Browser) -> None:
    assert "CVE-2014-6271" in ask(ann, "shellshock").text


def test_a_package_is_found_by_name_and_version(ann: Browser) -> None:
    everywhere = ask(ann, "requests").one("section", aria_labelledby="images").rows()
    assert len(everywhere) == 2
    assert all("· Has it" in row for row in everywhere)
    assert "Nobody has it." in ask(ann, "requests < 2").text


def test_what_could_not_be_compared_is_undetermined(ann: Browser) -> None:
    rows = ask(ann, "CVE-2023-5217").one("section", aria_labelledby="images").rows()
    assert rows
    assert all("? Undetermined" in row and "✕ Affected" not in row for row in rows)


def test_a_flaw_that_no_advisory_names_is_no_all_clear(ann: Browser) -> None:
    page = ask(ann, "CVE-1999-0001")
    assert "no image can be called free of it" in page.text
    assert "Nobody has it" not in page.text


def test_a_question_that_makes_no_sense_is_answered_with_an_example(ann: Browser) -> None:
    page = ask(ann, "pkg:nothing", 400)
    assert page.one("div", role="alert").text
    assert page.all("input", name="q")[0].attributes["value"] == "pkg:nothing"


def test_an_empty_question_says_what_can_be_asked(ann: Browser) -> None:
    page = read_html(ann.get("/who-has").text)
    assert "bash < 4.3" in page.text
    links = [link.attributes["href"] for link in page.one("ul", class_="asks").all("a")]
    assert "/who-has?q=bash%20%3C%204.3" in links
