"""Signing in with a certified OpenID provider, through its own pages, over real HTTP."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from lading.access.directory import GroupRules
from lading.access.openid import OpenIdProvider
from lading.adapters.issuer_keys import FetchedKeys
from lading.adapters.openid_client import HttpOpenIdClient
from lading.console.services import DirectoryServices
from lading.workflows.openid_sign_in import OpenIdPorts
from tests.support.console import Browser, ConsoleUnderTest, build_console

pytestmark = pytest.mark.peer
HERE = "http://console.example"
_ACTION = re.compile(r'<form[^>]* action="([^"]+)"')


@dataclass
class World:
    """A console, and the provider that it knows."""

    console: ConsoleUnderTest
    issuer: str

    def provider_signs_in(self, place: str, name: str) -> str:
        """Go through the pages of the provider; give the address that it sends the browser back to."""
        with httpx.Client() as http:
            answer = http.get(place)
            for _ in range(12):
                if answer.has_redirect_location:
                    place = urljoin(place, answer.headers["location"])
                    if place.startswith(HERE):
                        return place.removeprefix(HERE)
                    answer = http.get(place)
                    continue
                assert answer.status_code == 200, answer.text[:2000]
                action = _ACTION.search(answer.text)
                assert action, answer.text[:2000]
                prompt = "login" if 'name="login"' in answer.text else "consent"
                place = urljoin(place, action.group(1))
                answer = http.post(place, data={"prompt": prompt, "login": name, "password": "any"})
        raise AssertionError("the provider never came to an end")


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node is not installed")
    modules = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=True).stdout.strip()
    if not Path(modules, "oidc-provider").exists():
        pytest.skip("oidc-provider is not installed: npm install -g oidc-provider")
    script = Path(__file__).with_name("openid_provider.mjs")
    process = subprocess.Popen(
        [node, str(script), modules, f"{HERE}/sign-in/openid/corp/answer"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@pytest.fixture
def world(issuer: str) -> Iterator[World]:
    provider = OpenIdProvider(
        "corp", "the company account", issuer, "lading", "a secret", groups=GroupRules({"grp-dev": "dev"})
    )
    client = HttpOpenIdClient(FetchedKeys(complain=lambda _text: None))
    console = build_console(
        directories=lambda records: DirectoryServices(OpenIdPorts(records, client, {"corp": provider}, HERE)),
        real_time=True,
    )
    yield World(console, issuer)
    client.close()


def test_a_person_signs_in_through_the_pages_of_the_provider(world: World) -> None:
    browser = Browser(world.console)
    begun = browser.get("/sign-in/openid/corp?next=/tokens")
    back = world.provider_signs_in(begun.headers["location"], "ann")
    assert "iss=" in back, "this provider names itself (RFC 9207)"
    answer = browser.get(back)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/tokens"), answer.text
    assert browser.get("/tokens").status_code == 200
    with world.console.records.read() as kept:
        ann = kept.people.user("ann")
    assert ann is not None
    assert (ann.directory_id, ann.all_groups) == ("ann", ("dev",))


def test_the_provider_refuses_a_code_a_second_time_and_so_do_we(world: World) -> None:
    browser = Browser(world.console)
    begun = browser.get("/sign-in/openid/corp")
    kept = dict(browser.cookies)
    back = world.provider_signs_in(begun.headers["location"], "ben")
    assert browser.get(back).status_code == 303
    assert Browser(world.console, cookies=kept).get(back).status_code == 403


def test_the_provider_refuses_an_address_that_is_not_registered(world: World) -> None:
    place = Browser(world.console).get("/sign-in/openid/corp").headers["location"]
    crossed = place.replace("corp%2Fanswer", "other%2Fanswer")
    assert crossed != place
    assert httpx.get(crossed).status_code == 400
