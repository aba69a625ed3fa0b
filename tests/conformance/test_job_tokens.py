"""CI jobs exchange the token of their platform for a short one of ours (RFC 8693), from a real issuer."""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

from lading.access.job_trust import JobIssuer
from lading.access.job_trust_file import parse_job_issuers
from lading.adapters.issuer_keys import PAUSE, STALE, FetchedKeys
from lading.adapters.job_issuers_file import read_job_issuers
from lading.adapters.job_tokens_oidc import OidcJobTokens
from lading.foundation.errors import Malformed, Upstream
from lading.oci.digest import Digest
from tests.support.distribution import Registry, memory_registry, serving
from tests.support.issuer import AUDIENCE, Issuer, serving_issuer

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"
PUSH = "repository:shop/app:pull,push"


def trust(url: str, **more: str) -> str:
    lines = [f'{name} = "{value}"' for name, value in more.items()]
    return "\n".join(
        [
            "[[issuer]]",
            'name = "github"',
            f'url = "{url}"',
            f'audience = "{AUDIENCE}"',
            *lines,
            "[[issuer.rule]]",
            'claims = { repository = "acme/*", ref = "refs/heads/main" }',
            'repositories = ["shop/*"]',
            'actions = ["pull", "push"]',
            "[[issuer.rule]]",
            'claims = { repository = "acme/**" }',
            'repositories = ["shop/*"]',
            'actions = ["pull"]',
        ]
    )


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving_issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def registry(issuer: Issuer) -> Iterator[Registry]:
    registry = memory_registry(issuers=parse_job_issuers(trust(issuer.url), "issuers.toml"))
    yield registry
    registry.close()


@pytest.fixture(scope="module")
def http(registry: Registry) -> Iterator[httpx.Client]:
    with serving(registry.app) as address, httpx.Client(base_url=f"http://{address}") as http:
        yield http


def exchange(http: httpx.Client, token: str, scope: str = PUSH, **more: str) -> httpx.Response:
    form = {"grant_type": EXCHANGE, "subject_token_type": JWT, "subject_token": token, "scope": scope}
    return http.post("/v2/token", data=form | more)


def test_a_job_pushes_with_what_it_was_given_and_nothing_else(
    http: httpx.Client, issuer: Issuer, registry: Registry
) -> None:
    answer = exchange(http, issuer.token())
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    given = answer.json()
    assert (given["expires_in"], given["token_type"], given["scope"]) == (900, "Bearer", PUSH)
    bearer = {"authorization": f"Bearer {given['access_token']}"}
    digest = Digest.of(b"built by a job")

    def push(repository: str) -> int:
        return http.post(
            f"/v2/{repository}/blobs/uploads/",
            params={"digest": str(digest)},
            content=b"built by a job",
            headers=bearer,
        ).status_code

    assert push("shop/app") == 201
    for other in ("shop/other", "team/app"):
        assert push(other) == 401
    assert http.delete(f"/v2/shop/app/blobs/{digest}", headers=bearer).status_code == 401
    assert http.get("/v2/_catalog", headers=bearer).status_code == 401
    with registry.records.read() as kept:
        entries = kept.audit.page(limit=100, newest_first=False).items
    (exchanged,) = [entry.event for entry in entries if entry.event.action == "job.exchange"]
    assert exchanged.actor == "job:github/repo:acme/shop:ref:refs/heads/main"
    assert exchanged.details["run_id"] == "4711"
    pushed = [entry.event.actor for entry in entries if entry.event.action == "blob.push"]
    assert pushed == [exchanged.actor]


def test_container_clients_give_the_token_as_a_password(http: httpx.Client, issuer: Issuer) -> None:
    token = exchange(http, issuer.token()).json()["token"]
    login = ("@token", token)
    assert http.get("/v2/", auth=login).status_code == 200
    narrowed = http.get("/v2/token", params={"scope": "repository:shop/app:pull"}, auth=login).json()
    assert narrowed["scope"] == "repository:shop/app:pull"
    assert narrowed["expires_in"] <= 900
    wider = {"scope": "repository:shop/app:delete,pull repository:team/app:pull"}
    assert http.get("/v2/token", params=wider, auth=login).json()["scope"] == "repository:shop/app:pull"
    assert http.get("/v2/token", auth=("@token", "no.token.this")).status_code == 401


def test_a_job_gets_what_the_rules_that_hold_for_it_say(http: httpx.Client, issuer: Issuer) -> None:
    branch = issuer.token(ref="refs/heads/feature")
    assert exchange(http, branch).json()["scope"] == "repository:shop/app:pull"
    deeper = issuer.token(repository="acme/group/shop")  # `*` is one part of the name
    assert exchange(http, deeper).json()["scope"] == "repository:shop/app:pull"
    for stranger in ({"repository": "evil/acme"}, {"repository": "notacme/shop"}, {"repository": None}):
        refused = exchange(http, issuer.token(**stranger))
        assert refused.status_code == 403
        assert refused.json()["error"] == "invalid_scope"
    assert exchange(http, issuer.token(), "repository:team/app:push").status_code == 403
    assert exchange(http, issuer.token(repository=["acme/shop"])).status_code == 403


@pytest.mark.parametrize(
    "scope", ["", "registry:catalog:*", f"{PUSH} repository:shop/other:push", "nonsense"]
)
def test_a_job_asks_for_one_repository(http: httpx.Client, issuer: Issuer, scope: str) -> None:
    assert exchange(http, issuer.token(), scope).status_code == 400


def test_other_types_of_tokens_are_not_taken(http: httpx.Client, issuer: Issuer) -> None:
    assert exchange(http, issuer.token(), subject_token_type="saml2").status_code == 400
    assert exchange(http, issuer.token(), service="another").status_code == 400


def refused(http: httpx.Client, token: str) -> str:
    answer = exchange(http, token)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_request"
    description: str = answer.json()["error_description"]
    assert token not in description
    return description


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"exp": int(time.time()) - 1}, "expired"),
        ({"nbf": int(time.time()) + 3600}, "not valid yet"),
        ({"iat": int(time.time()) + 3600}, "not valid yet"),
        ({"iat": int(time.time()) - 90_000, "exp": int(time.time()) + 90_000}, "24 hours ago"),
        ({"exp": None}, "missing"),
        ({"exp": "soon"}, "missing"),
        ({"exp": True}, "missing"),
        ({"aud": "https://another.test"}, "audience"),
        ({"aud": None}, "audience"),
        ({"aud": {"https://registry.test": 1}}, "audience"),
        ({"iss": "https://token.actions.githubusercontent.com"}, "no trusted issuer"),
        ({"iss": None}, "no trusted issuer"),
        ({"sub": None}, "sub is not"),
        ({"sub": "a\nb"}, "sub is not"),
        ({"sub": "x" * 600}, "sub is not"),
    ],
)
def test_claims_that_do_not_hold(
    http: httpx.Client, issuer: Issuer, changed: dict[str, Any], why: str
) -> None:
    assert why in refused(http, issuer.token(**changed))


def test_an_audience_among_several_is_enough(http: httpx.Client, issuer: Issuer) -> None:
    assert exchange(http, issuer.token(aud=["other", AUDIENCE])).status_code == 200


def _encoded(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def _signed(header: dict[str, Any], claims: dict[str, Any], key: Any) -> str:
    return jws.serialize_compact(header, json.dumps(claims), key, algorithms=[header["alg"]])


def test_forged_tokens(http: httpx.Client, issuer: Issuer) -> None:
    good = issuer.token()
    head, _, signature = good.split(".")
    other = RSAKey.generate_key(2048, {"kid": "key-1"})
    assert "signature is wrong" in refused(http, issuer.token(other))
    claims = json.dumps(issuer.claims(ref="refs/heads/main", repository="acme/other")).encode()
    swapped = base64.urlsafe_b64encode(claims).rstrip(b"=").decode()
    assert "signature is wrong" in refused(http, f"{head}.{swapped}.{signature}")
    for broken in ("", "a.b", good + ".x", "é.é.é", "x" * 20_000, f"{head}..{signature}"):
        assert exchange(http, broken).status_code == 401


def test_algorithm_confusion(http: httpx.Client, issuer: Issuer) -> None:
    public = issuer.keys[0].as_pem(private=False)
    signed = f"{_encoded({'alg': 'HS256', 'kid': 'key-1'})}.{_encoded(issuer.claims())}"
    mac = hmac.digest(public, signed.encode(), "sha256")
    forged = f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    assert "algorithm" in refused(http, forged)
    none = base64.urlsafe_b64encode(b'{"alg":"none","kid":"key-1"}').rstrip(b"=").decode()
    payload = issuer.token().split(".")[1]
    assert "algorithm" in refused(http, f"{none}.{payload}.")
    for algorithm in (["RS256"], 7, None):
        head = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": "key-1"}).encode())
        assert exchange(http, f"{head.rstrip(b'=').decode()}.{payload}.AAAA").status_code == 401
    elliptic = issuer.add_key("EC")
    assert exchange(http, issuer.token(issuer.keys[0])).status_code == 200
    # The header names an algorithm of another kind than the key that it names.
    head = base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "kid": elliptic.kid}).encode())
    assert exchange(http, f"{head.rstrip(b'=').decode()}.{payload}.AAAA").status_code == 401


def test_keys_that_a_token_brings_along_are_not_followed(http: httpx.Client, issuer: Issuer) -> None:
    own = RSAKey.generate_key(2048, {"kid": "key-1"})
    for brought in ({"jwk": own.as_dict(private=False)}, {"jku": "http://127.0.0.1:1/"}, {"crit": ["exp"]}):
        head = base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "kid": "key-1", **brought}).encode())
        _, payload, signature = _signed({"alg": "RS256", "kid": "key-1"}, issuer.claims(), own).split(".")
        assert exchange(http, f"{head.rstrip(b'=').decode()}.{payload}.{signature}").status_code == 401


@pytest.fixture
def alone() -> Iterator[tuple[Issuer, JobIssuer, FetchedKeys, list[str]]]:
    complaints: list[str] = []
    with serving_issuer() as issuer:
        keys = FetchedKeys(complain=complaints.append)
        (trusted,) = parse_job_issuers(trust(issuer.url), "issuers.toml")
        yield issuer, trusted, keys, complaints
        keys.close()


def test_keys_are_fetched_once_and_again_for_a_new_one_but_not_for_every_name(
    alone: tuple[Issuer, JobIssuer, FetchedKeys, list[str]],
) -> None:
    issuer, trusted, keys, _ = alone
    now = int(time.time())
    tokens = OidcJobTokens([trusted], keys)
    for _ in range(5):
        assert not hasattr(tokens.verify(issuer.token(), now=now), "reason")
    assert len(issuer.asked) == 2  # discovery and keys
    issuer.add_key()
    later = now + PAUSE + 1
    for number in range(5):
        keys.keys(trusted, now=later, wanted=f"made-up-{number}")
    assert len(issuer.asked) == 4
    assert not hasattr(tokens.verify(issuer.token(issuer.keys[1]), now=later), "reason")


def test_an_issuer_that_is_down_is_lived_without_for_a_day(
    alone: tuple[Issuer, JobIssuer, FetchedKeys, list[str]],
) -> None:
    issuer, trusted, keys, complaints = alone
    now = int(time.time())
    keys.keys(trusted, now=now, wanted="key-1")
    issuer.failing = True
    assert keys.keys(trusted, now=now + STALE - 1, wanted="key-1").keys
    assert "answered 503" in complaints[0]
    with pytest.raises(Upstream, match="cannot be had"):
        keys.keys(trusted, now=now + 2 * STALE, wanted="key-1")


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://another.test"},
        {"jwks_uri": "http://203.0.113.1/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
    ],
)
def test_a_discovery_document_that_leads_astray_is_not_followed(
    alone: tuple[Issuer, JobIssuer, FetchedKeys, list[str]], said: dict[str, Any]
) -> None:
    issuer, trusted, keys, _ = alone
    issuer.discovery = said
    with pytest.raises(Upstream):
        keys.keys(trusted, now=int(time.time()), wanted="key-1")


def test_keys_from_a_file_need_no_network(
    alone: tuple[Issuer, JobIssuer, FetchedKeys, list[str]], tmp_path: Path
) -> None:
    issuer, _, keys, _ = alone
    (tmp_path / "keys.json").write_text(json.dumps(issuer.document("/keys")))
    (tmp_path / "issuers.toml").write_text(trust(issuer.url, jwks_file="keys.json"))
    tokens = OidcJobTokens(read_job_issuers(str(tmp_path / "issuers.toml")), keys)
    assert not hasattr(tokens.verify(issuer.token(), now=int(time.time())), "reason")
    assert issuer.asked == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("issuer = 1", r"\[\[issuer\]\]"),
        (trust("http://issuer.example"), "https://"),
        (trust("https://a").replace("audience", "audiences"), "audiences"),
        (trust("https://a").replace('{ repository = "acme/**" }', "{}"), "at least one"),
        (trust("https://a").replace('["pull"]', '["administer"]'), "pull, push, delete"),
        (trust("https://a") + "\n" + trust("https://a").replace('"github"', '"two"'), "same url"),
        (trust("https://a").replace('name = "github"', 'name = "g"\nalgorithms = ["HS256"]'), "HS256"),
        (trust("https://a").replace('["shop/*"]', '["Shop!"]'), "Shop!"),
        ("[[issuer", "issuers.toml"),
    ],
)
def test_a_file_of_issuers_says_where_it_is_wrong(text: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        parse_job_issuers(text, "issuers.toml")
