"""What no page may lack: headers, cookie flags, forms that only we gave out, errors that tell nothing."""

import pytest

from lading.console.app import fault_page
from lading.console.forms import MAX_FORM_BYTES
from tests.support.console import Browser, ConsoleUnderTest, build_console, form_token_in


@pytest.fixture
def console() -> ConsoleUnderTest:
    built = build_console()
    built.add_person("ann", admin=True)
    return built


@pytest.fixture
def signed_in(console: ConsoleUnderTest) -> Browser:
    browser = Browser(console)
    browser.sign_in("ann")
    return browser


PATHS = ["/sign-in", "/password", "/nowhere", "/static/console.css", "/static/nothing.js", "/sign-out"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_forbids_scripts_and_frames(signed_in: Browser, path: str) -> None:
    headers = signed_in.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"


def test_pages_are_not_kept_and_static_files_are(signed_in: Browser) -> None:
    assert signed_in.get("/password").headers["cache-control"] == "no-store"
    assert "immutable" in signed_in.get("/static/console.css").headers["cache-control"]


def test_cookies_cannot_be_read_or_sent_by_others(console: ConsoleUnderTest) -> None:
    lines = Browser(console).sign_in("ann").headers.get_list("set-cookie")
    (session,) = [line for line in lines if line.startswith("lading-session=token")]
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Path=/" in session
    assert "Secure" not in session, "over plain HTTP the browser would drop it"


def test_over_tls_cookies_never_travel_in_clear() -> None:
    console = build_console(tls=True)
    console.add_person("ann")
    answer = Browser(console, scheme="https").sign_in("ann")
    lines = answer.headers.get_list("set-cookie")
    assert lines
    assert all(line.startswith("__Host-") and "Secure" in line for line in lines)
    assert "max-age=31536000" in answer.headers["strict-transport-security"]


@pytest.mark.parametrize("token", [None, "", "0" * 64, "é" * 10])
def test_a_form_without_our_token_is_refused(signed_in: Browser, token: str | None) -> None:
    form = {"old": "a", "new": "b", "again": "b", **({"form_token": token} if token is not None else {})}
    answer = signed_in.post("/password", form)
    assert answer.status_code == 403
    assert "This form was not accepted" in answer.text


def test_the_token_of_another_session_does_not_fit(console: ConsoleUnderTest, signed_in: Browser) -> None:
    other = Browser(console)
    other.sign_in("ann")
    token = form_token_in(other.get("/password"))
    assert signed_in.post("/password", {"form_token": token}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://console.example.evil.example"},
    ],
)
def test_a_form_from_another_site_is_refused_even_with_the_token(
    signed_in: Browser, headers: dict[str, str]
) -> None:
    token = form_token_in(signed_in.get("/password"))
    assert signed_in.post("/sign-out", {"form_token": token}, **headers).status_code == 403


def test_our_own_form_is_accepted(signed_in: Browser) -> None:
    token = form_token_in(signed_in.get("/password"))
    headers = {"origin": "http://console.example", "sec-fetch-site": "same-origin"}
    assert signed_in.post("/sign-out", {"form_token": token}, **headers).status_code == 303


def test_nobody_can_sign_somebody_elses_browser_in(console: ConsoleUnderTest) -> None:
    attacker, victim = Browser(console), Browser(console)
    token = form_token_in(attacker.get("/sign-in"))
    victim.get("/sign-in")
    answer = victim.post("/sign-in", {"form_token": token, "name": "ann", "password": "x"})
    assert answer.status_code == 403
    assert "open for too long" in answer.text


def test_a_form_after_the_session_ended_does_nothing_and_says_so(console: ConsoleUnderTest) -> None:
    answer = Browser(console).post("/password", {"form_token": "0" * 64})
    assert answer.status_code == 401
    assert "nothing was done" in answer.text


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"{}", "application/json", 400),
        (b"a=%ff", "application/x-www-form-urlencoded", 400),
        (b"a=\xff", "application/x-www-form-urlencoded", 400),
        (b"a=%00", "application/x-www-form-urlencoded", 400),
        (b"&".join([b"a=1"] * 65), "application/x-www-form-urlencoded", 413),
        (b"a=" + b"x" * MAX_FORM_BYTES, "application/x-www-form-urlencoded", 413),
    ],
)
def test_absurd_forms_are_refused(signed_in: Browser, content: bytes, content_type: str, status: int) -> None:
    headers = {"content-type": content_type}
    for path in ("/password", "/sign-in", "/sign-out"):
        assert signed_in.request("POST", path, content=content, headers=headers).status_code == status


@pytest.mark.parametrize("query", ["?x=%ff", "?x=%00", "?" + "&".join(["a=1"] * 65)])
def test_absurd_queries_are_refused(signed_in: Browser, query: str) -> None:
    assert signed_in.get(f"/password{query}").status_code in {400, 413}


def test_a_page_that_is_not_there_says_so_in_the_frame_of_who_asks(
    console: ConsoleUnderTest, signed_in: Browser
) -> None:
    found = signed_in.get("/no/such/<b>page</b>")
    assert found.status_code == 404
    assert "There is no page at /no/such/&lt;b&gt;page&lt;/b&gt;." in found.text
    assert "Sign out" in found.text
    assert "Sign out" not in Browser(console).get("/nowhere").text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(signed_in: Browser, method: str) -> None:
    assert signed_in.request(method, "/password").status_code == 405


def test_a_fault_of_ours_tells_only_where_to_look() -> None:
    page = fault_page("4f2a-<x>").decode()
    assert "The server failed" in page
    assert "4f2a-&lt;x&gt;" in page


def test_no_template_switches_escaping_off() -> None:
    from importlib import resources  # noqa: PLC0415 - used here alone

    for template in (resources.files("lading.console") / "templates").iterdir():
        text = template.read_text()
        assert "|safe" not in text.replace(" ", ""), template.name
        assert "autoescape" not in text, template.name
        assert "<script" not in text, template.name
        assert " style=" not in text, template.name
        assert " onclick" not in text, template.name
