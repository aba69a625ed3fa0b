"""People sign in with an OpenID provider: what is believed, and every way to get past it that we know."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from lading.access.directory import GroupRules
from lading.access.openid import LONGEST, MAX_TOKEN_AGE, OpenIdProvider
from lading.access.token_claims import LEEWAY
from lading.adapters.issuer_keys import PAUSE, FetchedKeys
from lading.adapters.openid_client import HttpOpenIdClient
from lading.console.services import DirectoryServices
from lading.ports.records.people import RoleBinding, User
from lading.workflows.openid_sign_in import OpenIdPorts
from tests.support.console import Browser, ConsoleUnderTest, build_console
from tests.support.openid import CLIENT, SECRET, Provider, serving_provider, signed

BEGIN = "/sign-in/openid/corp?next=/tokens"
ROGUE = RSAKey.generate_key(2048, {"kid": "key-1"})


@dataclass
class World:
    """A console that knows two providers, both of which are real servers."""

    corp: Provider
    other: Provider
    console: ConsoleUnderTest

    def browser(self) -> Browser:
        return Browser(self.console)

    def sign_in(self, browser: Browser | None = None, **changed: str | None) -> httpx.Response:
        """Begin, be signed in by the provider, and come back."""
        browser = browser or self.browser()
        begun = browser.get(BEGIN)
        assert begun.status_code == 303
        return browser.get(self.corp.answer(begun.headers["location"], **changed))

    def user(self, name: str) -> User | None:
        with self.console.records.read() as kept:
            return kept.people.user(name)

    def refusals(self) -> list[str]:
        with self.console.records.read() as kept:
            entries = kept.audit.page(limit=100, newest_first=True).items
        events = [entry.event for entry in entries]
        return [str(event.details["reason"]) for event in events if event.action == "sign-in.fail"]


@pytest.fixture(scope="module")
def providers() -> Iterator[tuple[Provider, Provider]]:
    with serving_provider() as corp, serving_provider() as other:
        yield corp, other


@pytest.fixture
def world(providers: tuple[Provider, Provider]) -> Iterator[World]:
    keys = [list(each.keys) for each in providers]
    for each in providers:
        fresh = Provider(each.url, each.keys)
        each.__dict__.update(fresh.__dict__)
    corp, other = providers
    client = HttpOpenIdClient(FetchedKeys(complain=lambda _text: None))
    known = {
        "corp": OpenIdProvider(
            "corp",
            "the company account",
            corp.url,
            CLIENT,
            SECRET,
            groups=GroupRules({"grp-dev": "dev"}, frozenset({"grp-root"})),
        ),
        "other": OpenIdProvider("other", "the other one", other.url, CLIENT, SECRET, newcomers=False),
    }
    console = build_console(
        directories=lambda records: DirectoryServices(
            OpenIdPorts(records, client, known, "http://console.example/")
        )
    )
    for each in providers:
        each.clock = lambda: console.clock().timestamp()
    yield World(corp, other, console)
    client.close()
    for each, before in zip(providers, keys, strict=True):
        each.keys[:] = before


def test_a_person_signs_in_and_their_groups_count_on_the_next_request(world: World) -> None:
    world.corp.person |= {"groups": ["grp-dev", "grp-unknown"]}
    with world.console.records.write() as kept:
        kept.people.bind(RoleBinding("group:dev", "auditor", "**"))
    browser = world.browser()
    assert browser.get("/audit").status_code == 303
    answer = world.sign_in(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/tokens")
    assert browser.get("/audit").status_code == 200
    ann = world.user("ann")
    assert ann is not None
    assert (ann.directory, ann.directory_id, ann.all_groups, ann.admin) == ("corp", "0001", ("dev",), False)
    world.corp.person |= {"groups": []}
    world.sign_in(world.browser())
    assert browser.get("/audit").status_code == 403, "the group is gone for every session"


def test_the_sign_in_page_offers_every_provider(world: World) -> None:
    page = world.browser().get("/sign-in?next=/images").text
    assert 'href="/sign-in/openid/corp?next=%2Fimages"' in page
    assert "Continue with the other one" in page


def test_what_is_asked_of_the_provider_is_bound_to_this_attempt_and_this_address(world: World) -> None:
    browser = world.browser()
    first = browser.get(BEGIN).headers["location"]
    second = browser.get(BEGIN).headers["location"]
    asked, again = (parse_qs(urlsplit(place).query) for place in (first, second))
    assert asked["redirect_uri"] == ["http://console.example/sign-in/openid/corp/answer"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    for secret in ("state", "nonce", "code_challenge"):
        assert asked[secret] != again[secret]
        assert len(asked[secret][0]) >= 43
    hostile = browser.get(BEGIN, host="attacker.example").headers["location"]
    assert "attacker" not in hostile, "the address is that of the settings"


def test_the_client_proves_itself_with_its_secret_and_the_verifier(world: World) -> None:
    world.sign_in()
    (form,) = world.corp.redeemed
    assert base64.b64decode(form["authorization"].removeprefix("Basic ")) == b"lading:a%20client%27s%20secret"
    assert "client_secret" not in form
    assert len(form["code_verifier"]) >= 43


def test_groups_of_administrators_make_and_unmake_administrators_but_not_the_last_one(world: World) -> None:
    world.corp.person |= {"groups": ["grp-root"]}
    world.sign_in()
    assert world.user("ann") is not None
    assert world.user("ann").admin  # type: ignore[union-attr]
    world.corp.person |= {"groups": []}
    world.sign_in()
    assert world.user("ann").admin, "nobody else could administer"  # type: ignore[union-attr]
    world.console.add_person("root", admin=True)
    world.sign_in()
    assert not world.user("ann").admin  # type: ignore[union-attr]


def test_a_name_never_opens_an_account_of_somebody_else(world: World) -> None:
    world.console.add_person("ann", admin=True)
    assert world.sign_in().status_code == 403
    assert world.refusals() == ["the name ann belongs to another account"]
    world.corp.person = {"sub": "0002", "preferred_username": "ben"}
    assert world.sign_in().status_code == 303
    world.corp.person = {"sub": "0003", "preferred_username": "BEN"}  # the name was given again
    assert world.sign_in().status_code == 403
    world.corp.person = {"sub": "0002", "preferred_username": "benjamin"}  # the same person, renamed
    assert world.sign_in().status_code == 303
    assert world.user("benjamin") is None


def test_a_disabled_account_stays_disabled(world: World) -> None:
    browser = world.browser()
    world.sign_in(browser)
    with world.console.records.write() as kept:
        ann = kept.people.user("ann")
        assert ann is not None
        kept.people.change_user(User(**{**_members(ann), "disabled": True}))
    assert browser.get("/tokens").status_code == 303
    assert world.sign_in().status_code == 403
    assert world.refusals() == ["their account is disabled"]


def test_a_provider_without_newcomers_signs_in_only_who_was_made_ahead(world: World) -> None:
    def come() -> int:
        browser = world.browser()
        place = browser.get("/sign-in/openid/other").headers["location"]
        return browser.get(world.other.answer(place)).status_code

    assert come() == 403
    with world.console.records.write() as kept:
        kept.people.add_user(User("ann", "", world.console.clock(), directory="other"))
    assert come() == 303
    world.other.person |= {"sub": "0009"}
    assert come() == 403, "the account is another's since"


Forge = Callable[[World], Callable[[dict[str, Any]], str]]


def _none(claims: dict[str, Any]) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none","kid":"key-1"}').rstrip(b"=")
    return f"{head.decode()}.{_part(claims)}."


def _by_mac_of_the_public_key(world: World) -> Callable[[dict[str, Any]], str]:
    def sign(claims: dict[str, Any]) -> str:
        secret = world.corp.keys[0].as_pem(private=False)
        head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"key-1"}').rstrip(b"=").decode()
        content = f"{head}.{_part(claims)}"
        mac = hmac.digest(secret, content.encode(), sha256)
        return f"{content}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    return sign


FORGERIES: dict[str, Forge] = {
    "unsigned": lambda _world: _none,
    "mac made with the public key": _by_mac_of_the_public_key,
    "key of a stranger under a known name": lambda _world: lambda claims: signed(claims, ROGUE),
    "key that the token brings along": lambda _world: (
        lambda claims: signed(claims, ROGUE, jwk=ROGUE.as_dict(private=False))
    ),
    "key from an address in the token": lambda _world: (
        lambda claims: signed(claims, ROGUE, jku="http://127.0.0.1:1/keys")
    ),
    "algorithm that is not pinned": lambda world: lambda claims: signed(claims, world.corp.keys[0], "PS256"),
    "another provider's key": lambda world: lambda claims: signed(claims, world.other.keys[0]),
    "claims changed after signing": lambda world: (
        lambda claims: _exchanged(signed(claims, world.corp.keys[0]), claims | {"sub": "0000"})
    ),
    "no token": lambda _world: lambda _claims: "",
    "huge token": lambda _world: lambda _claims: "a" * 100_000,
    "claims that are no object": lambda world: (
        lambda _claims: signed([], world.corp.keys[0])  # type: ignore[arg-type]
    ),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_token_signs_nobody_in(world: World, forge: Forge) -> None:
    world.corp.sign = forge(world)
    browser = world.browser()
    assert world.sign_in(browser).status_code == 403
    assert "lading-session" not in browser.cookies
    assert world.user("ann") is None
    assert len(world.refusals()) == 1


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "issuer": {"iss": "https://elsewhere.example"},
    "issuer with a slash": {"iss": "/"},
    "no issuer": {"iss": None},
    "audience": {"aud": "another-client"},
    "audience of many without a party": {"aud": [CLIENT, "another-client"]},
    "party": {"azp": "another-client"},
    "audience that is a number": {"aud": 7},
    "nonce": {"nonce": "of another attempt"},
    "no nonce": {"nonce": None},
    "nonce that is a number": {"nonce": 1},
    "no end": {"exp": None},
    "end as a text": {"exp": "9999999999"},
    "end that is true": {"exp": True},
    "no subject": {"sub": None},
    "subject with a line break": {"sub": "a\nb"},
    "huge subject": {"sub": "a" * 600},
    "no name": {"preferred_username": None},
    "name that is a path": {"preferred_username": "../admin"},
    "name of a robot": {"preferred_username": "robot$ci"},
    "groups that are no list": {"groups": {"dev": True}},
    "groups of numbers": {"groups": [1]},
    "too many groups": {"groups": [f"g{number}" for number in range(501)]},
    "groups left out": {"_claim_names": {"groups": "src1"}},
}


@pytest.mark.parametrize("claims", WRONG_CLAIMS.values(), ids=WRONG_CLAIMS)
def test_a_token_with_wrong_claims_signs_nobody_in(world: World, claims: dict[str, Any]) -> None:
    world.corp.claims = claims
    assert world.sign_in().status_code == 403
    assert world.user("ann") is None


@pytest.mark.parametrize(
    ("issued", "expires", "status"),
    [
        (0, 1, 303),
        (LEEWAY, 300, 303),  # the provider's clock is ahead of ours
        (LEEWAY + 1, 300, 403),
        (-MAX_TOKEN_AGE, 300, 303),
        (-MAX_TOKEN_AGE - 1, 300, 403),
        (-10, 0, 403),  # ended this very second
        (-10, -1, 403),
    ],
)
def test_clocks_may_differ_by_what_is_stated_and_no_more(
    world: World, issued: int, expires: int, status: int
) -> None:
    now = int(world.console.clock().timestamp())
    world.corp.claims = {"iat": now + issued, "exp": now + expires}
    assert world.sign_in().status_code == status


def test_an_answer_is_good_once(world: World) -> None:
    browser = world.browser()
    place = world.corp.answer(browser.get(BEGIN).headers["location"])
    kept = dict(browser.cookies)
    assert browser.get(place).status_code == 303
    again = Browser(world.console, cookies=kept)  # as a thief has it, or another server sees it
    asked = len(world.corp.redeemed)
    assert again.get(place).status_code == 403
    assert world.refusals()[0] == "this answer was shown before"
    assert len(world.corp.redeemed) == asked, "the code went nowhere a second time"


def test_a_token_of_one_attempt_is_not_good_for_another(world: World) -> None:
    first = world.browser()
    nonce = parse_qs(urlsplit(first.get(BEGIN).headers["location"]).query)["nonce"][0]
    world.corp.claims = {"nonce": nonce}
    assert world.sign_in().status_code == 403
    assert world.refusals() == ["the token is not for this sign-in"]


def test_an_answer_counts_only_in_the_browser_that_asked(world: World) -> None:
    victim, attacker = world.browser(), world.browser()
    place = world.corp.answer(attacker.get(BEGIN).headers["location"])
    assert victim.get(place).status_code == 403  # has begun nothing
    victim.get(BEGIN)
    assert victim.get(place).status_code == 403  # has begun something else
    assert world.corp.redeemed == []


def test_a_code_that_was_stolen_is_worthless_without_the_verifier(world: World) -> None:
    victim, thief = world.browser(), world.browser()
    stolen = parse_qs(urlsplit(world.corp.answer(victim.get(BEGIN).headers["location"])).query)["code"][0]
    place = world.corp.answer(thief.get(BEGIN).headers["location"], code=stolen)
    assert thief.get(place).status_code == 403
    assert world.refusals() == ["the provider did not take the code: invalid_grant"]


def test_an_answer_of_one_provider_is_not_taken_for_that_of_another(world: World) -> None:
    browser = world.browser()
    place = world.corp.answer(browser.get(BEGIN).headers["location"])
    crossed = place.replace("/corp/", "/other/")
    assert browser.get(crossed).status_code == 403
    assert world.refusals() == ["this browser has begun no sign-in with this provider"]


def test_a_provider_that_names_itself_must_and_rightly(world: World) -> None:
    assert world.sign_in(iss=world.other.url).status_code == 403
    assert world.sign_in(iss=None).status_code == 403
    assert world.sign_in(iss=f"{world.corp.url}/").status_code == 403
    assert world.corp.redeemed == [], "no code was sent to anybody"


def test_a_provider_that_does_not_say_that_it_names_itself_is_still_held_to_it(world: World) -> None:
    world.corp.names_itself = False
    assert world.sign_in().status_code == 303
    assert world.sign_in(iss=world.other.url).status_code == 403


def test_a_refusal_of_the_provider_is_told_and_shows_nothing_of_its_words(world: World) -> None:
    page = world.sign_in(code=None, error="access_denied<script>", error_description="x")
    assert page.status_code == 403
    assert "script>" not in page.text.replace("<!doctype html>", "")
    assert world.refusals() == ["the provider said access_deniedscript"]


def test_who_takes_too_long_begins_again(world: World) -> None:
    browser = world.browser()
    place = world.corp.answer(browser.get(BEGIN).headers["location"])
    world.console.clock.move(timedelta(seconds=LONGEST + 1))
    assert browser.get(place).status_code == 403


@pytest.mark.parametrize("cookie", ["", "%%%", "bnVsbA==", "e30=", "eyJiZWd1biI6MX0=", "a" * 5000, "W10="])
def test_a_cookie_that_is_none_of_ours_is_no_attempt(world: World, cookie: str) -> None:
    browser = world.browser()
    place = world.corp.answer(browser.get(BEGIN).headers["location"])
    browser.cookies["lading-attempt"] = cookie
    assert browser.get(place).status_code == 403


def test_new_keys_of_the_provider_are_taken_and_old_ones_are_not_for_ever(world: World) -> None:
    assert world.sign_in().status_code == 303
    world.console.clock.move(timedelta(seconds=PAUSE + 1))
    fresh = world.corp.add_key()
    assert world.sign_in().status_code == 303, "an unknown key id is looked up"
    world.corp.keys.remove(fresh)
    world.console.clock.move(timedelta(hours=2))
    world.corp.sign = lambda claims: signed(claims, fresh)
    assert world.sign_in().status_code == 403, "a withdrawn key ends within the hour"


def test_a_provider_that_is_away_is_not_the_fault_of_who_signs_in(world: World) -> None:
    world.corp.away = True
    answer = world.browser().get(BEGIN)
    assert answer.status_code == 502
    world.corp.away = False
    browser = world.browser()
    world.console.clock.move(timedelta(seconds=PAUSE + 1))
    place = world.corp.answer(browser.get(BEGIN).headers["location"])
    world.corp.away = True
    assert browser.get(place).status_code == 502
    assert world.refusals() == []


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://elsewhere.example"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"token_endpoint": None},
        {"jwks_uri": "http://elsewhere.example/keys"},
    ],
)
def test_a_provider_that_leads_elsewhere_is_not_followed(world: World, discovery: dict[str, Any]) -> None:
    world.corp.discovery = discovery
    assert world.browser().get(BEGIN).status_code == 502


def test_many_wrong_answers_from_an_address_have_to_wait(world: World) -> None:
    browser = world.browser()
    statuses = [browser.get("/sign-in/openid/corp/answer?state=x&code=y").status_code for _ in range(31)]
    assert statuses[-1] == 429
    assert len(world.refusals()) == 30, "what waits is not written"


def test_nobody_signs_in_by_a_provider_that_is_not_set(world: World) -> None:
    assert world.browser().get("/sign-in/openid/evil").status_code == 404
    assert world.browser().get("/sign-in/openid/evil/answer?state=x").status_code == 404
    assert world.browser().post("/sign-in/openid/corp/answer", {}).status_code == 405


def _part(claims: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def _exchanged(token: str, claims: dict[str, Any]) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{_part(claims)}.{signature}"


def _members(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in User.__dataclass_fields__}
