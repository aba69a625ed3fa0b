"""A real server over a small fleet, and a headless Chromium that may ask nobody else for anything."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.support.console import ConsoleUnderTest, build_console
from tests.support.sample_alerts import add_change
from tests.support.sample_campaigns import add_campaigns
from tests.support.sample_fleet import NOW, Fleet, build_fleet

ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
WIDE, PHONE = 1280, 390  # pixels
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Site:
    """A console that listens, and what is in it."""

    url: str
    console: ConsoleUnderTest
    fleet: Fleet


@dataclass
class Visitor:
    """A page of a fresh browser profile, with everything that went wrong in it."""

    page: Page
    site: Site
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of the site."""
        self.page.goto(self.site.url + path)

    def keep_screenshot(self, name: str) -> None:
        """Keep what can be seen as a test artifact."""
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"console-{name}.png", full_page=True)


OpenVisitor = Callable[..., Visitor]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium; skips, by name, where there is none.

    Not for the whole session: while Playwright runs, its event loop is in the way of tests that start one.
    """
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("neither chromium nor google-chrome is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    """The console behind a real HTTP server on a free port."""
    fleet = build_fleet()
    add_campaigns(fleet.registry.records, NOW)
    add_change(fleet.registry.records)
    console = build_console(fleet=fleet)
    for name in ("ann", "ben"):
        console.add_person(name, admin=True)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(console.app, log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield Site(f"http://127.0.0.1:{listening.getsockname()[1]}", console, fleet)
        server.should_exit = True
        thread.join()


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[OpenVisitor]:
    """Open a browser of a width and colour scheme; at the end nothing may have gone wrong in it."""
    visitors: list[Visitor] = []
    with ExitStack() as opened:

        def open_visitor(width: int = WIDE, *, dark: bool = False, script: bool = True) -> Visitor:
            context = chromium.new_context(
                viewport={"width": width, "height": 900},
                color_scheme="dark" if dark else "light",
                java_script_enabled=script,
            )
            opened.callback(context.close)
            visitor = Visitor(context.new_page(), site)
            host = urlsplit(site.url).netloc

            def only_ours(route: Route) -> None:
                if urlsplit(route.request.url).netloc == host:
                    route.continue_()
                else:
                    visitor.outside.append(route.request.url)
                    route.abort()

            context.route("**/*", only_ours)
            visitor.page.on("console", lambda message: visitor.complaints.append(message.text))
            visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
            visitors.append(visitor)
            return visitor

        yield open_visitor
        for visitor in visitors:
            assert visitor.outside == []
            assert visitor.complaints == []
