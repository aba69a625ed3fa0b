"""Distribution project, "Token Authentication": challenge, token service, and what a token is good for."""

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from lading.access.principal import Principal, PrincipalKind
from lading.access.token_claims import TokenClaims
from lading.access.token_scopes import parse_scopes
from tests.conformance.conftest import Repo, error_codes
from tests.support.distribution import ADMIN, ROBOT, Registry


@pytest.fixture(scope="module")
def anybody(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{address}") as http:
        yield http


def _challenge(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 401
    scheme, _, parameters = answer.headers["www-authenticate"].partition(" ")
    assert scheme == "Bearer"
    return dict(re.findall(r'(\w+)="([^"]*)"', parameters))


def _token(http: httpx.Client, login: tuple[str, str] | None, *scopes: str) -> str:
    answer = http.get("/v2/token", params={"service": "registry.test", "scope": list(scopes)}, auth=login)
    assert answer.status_code == 200, answer.text
    token = answer.json()["token"]
    assert isinstance(token, str)
    return token


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_nobody_is_led_to_the_token_service(anybody: httpx.Client, address: str) -> None:
    challenge = _challenge(anybody.get("/v2/"))
    assert challenge == {"realm": f"http://{address}/v2/token", "service": "registry.test"}
    pull = _challenge(anybody.get("/v2/team/app/manifests/v1"))
    assert pull["scope"] == "repository:team/app:pull"
    push = _challenge(anybody.post("/v2/team/app/blobs/uploads/"))
    assert push["scope"] == "repository:team/app:pull,push"
    assert _challenge(anybody.delete("/v2/team/app/manifests/v1"))["scope"] == "repository:team/app:delete"
    assert _challenge(anybody.get("/v2/_catalog"))["scope"] == "registry:catalog:*"
    assert error_codes(anybody.get("/v2/")) == ["UNAUTHORIZED"]


def test_a_host_that_is_none_does_not_get_into_the_challenge(anybody: httpx.Client) -> None:
    answer = anybody.get("/v2/", headers={"host": 'evil",service="x'})
    assert "evil" not in answer.headers["www-authenticate"]


def test_a_token_tells_when_it_ends(anybody: httpx.Client) -> None:
    answer = anybody.get("/v2/token?service=registry.test&scope=repository:team/app:pull", auth=ROBOT)
    document = answer.json()
    assert document["access_token"] == document["token"]
    assert document["expires_in"] >= 60
    assert datetime.fromisoformat(document["issued_at"]).tzinfo is not None
    assert answer.headers["cache-control"] == "no-store"


def test_a_robot_pushes_with_a_token_for_its_repositories(anybody: httpx.Client) -> None:
    token = _token(anybody, ROBOT, "repository:team/app:pull,push")
    with httpx.Client(base_url=anybody.base_url, headers=_bearer(token)) as http:
        assert http.get("/v2/").status_code == 200
        repo = Repo(http, "team/app")
        digest = repo.push_image("v1")
        assert http.get("/v2/team/app/manifests/v1").headers["docker-content-digest"] == str(digest)
        challenge = _challenge(http.delete(f"/v2/team/app/manifests/{digest}"))
        assert challenge["error"] == "insufficient_scope"
        assert challenge["scope"] == "repository:team/app:delete"


def test_a_token_holds_only_what_its_principal_may(anybody: httpx.Client) -> None:
    token = _token(anybody, ROBOT, "repository:other/app:pull,push", "registry:catalog:*")
    answer = anybody.get("/v2/other/app/manifests/v1", headers=_bearer(token))
    assert _challenge(answer)["scope"] == "repository:other/app:pull"
    assert anybody.get("/v2/_catalog", headers=_bearer(token)).status_code == 401


def test_everybody_may_pull_what_is_public(anybody: httpx.Client, http: httpx.Client) -> None:
    digest = Repo(http, "public/app").push_image("v1")
    token = _token(anybody, None, "repository:public/app:pull,push")
    answer = anybody.get("/v2/public/app/manifests/v1", headers=_bearer(token))
    assert answer.headers["docker-content-digest"] == str(digest)
    assert anybody.post("/v2/public/app/blobs/uploads/", headers=_bearer(token)).status_code == 401


def test_a_wrong_password_gets_no_token(anybody: httpx.Client) -> None:
    answer = anybody.get("/v2/token?service=registry.test", auth=("robot$ci", "wrong"))
    assert answer.status_code == 401
    assert error_codes(answer) == ["UNAUTHORIZED"]


def test_the_token_of_an_account_that_is_gone_is_refused(anybody: httpx.Client, registry: Registry) -> None:
    token = _token(anybody, ROBOT, "repository:team/app:pull")
    with registry.records.write() as kept:
        robot = kept.people.robot("ci")
        assert robot is not None
        kept.people.change_robot(replace(robot, disabled=True))
    try:
        answer = anybody.get("/v2/team/app/tags/list", headers=_bearer(token))
        assert _challenge(answer)["error"] == "invalid_token"
    finally:
        with registry.records.write() as kept:
            kept.people.change_robot(robot)


def test_the_oauth_form_gets_a_token_too(anybody: httpx.Client) -> None:
    form = {
        "grant_type": "password",
        "service": "registry.test",
        "client_id": "containerd",
        "username": ROBOT[0],
        "password": ROBOT[1],
        "scope": "repository:team/form:pull,push repository:team/other:pull",
    }
    answer = anybody.post("/v2/token", data=form)
    assert answer.status_code == 200
    assert answer.json()["scope"] == "repository:team/form:pull,push repository:team/other:pull"
    headers = _bearer(answer.json()["access_token"])
    assert anybody.post("/v2/team/form/blobs/uploads/", headers=headers).status_code == 202


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password", "username": "robot$ci", "password": "wrong"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
    ],
)
def test_the_oauth_form_is_refused_in_its_own_words(
    anybody: httpx.Client, form: dict[str, str], error: str
) -> None:
    answer = anybody.post("/v2/token", data=form)
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] == error
    assert error_codes(answer)


def test_a_token_for_another_service_is_not_given(anybody: httpx.Client) -> None:
    assert anybody.get("/v2/token?service=elsewhere", auth=ROBOT).status_code == 400


@pytest.mark.parametrize("scope", ["nonsense", "repository:a", "repository:a:pull:push:*:%00"])
def test_a_scope_that_is_none_is_refused(anybody: httpx.Client, scope: str) -> None:
    assert anybody.get("/v2/token", params={"scope": scope}, auth=ROBOT).status_code == 400


def test_forged_and_broken_tokens_are_refused(anybody: httpx.Client, registry: Registry) -> None:
    good = _token(anybody, ROBOT, "repository:team/app:pull,push")
    head, payload, signature = good.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    for forged in (
        f"{head}.{payload}.{signature[:-4]}AAAA",
        f"{none}.{payload}.",
        f"{head}.{payload}",
        "x" * 40_000,
        "\xe9\xff",
    ):
        authorization = f"Bearer {forged}".encode("latin-1")
        answer = anybody.get("/v2/team/app/manifests/v1", headers={b"authorization": authorization})
        assert _challenge(answer)["error"] == "invalid_token"


def test_an_expired_token_is_refused(anybody: httpx.Client, registry: Registry) -> None:
    claims = TokenClaims(
        issuer=registry.tokens.issuer,
        audience="registry.test",
        principal=Principal(PrincipalKind.ROBOT, "ci"),
        scopes=parse_scopes(["repository:team/app:pull"]),
        issued_at=1_700_000_000,
        not_before=1_700_000_000,
        expires_at=1_700_000_300,
        token_id="old",
    )
    answer = anybody.get("/v2/team/app/manifests/v1", headers=_bearer(registry.tokens.issue(claims)))
    assert _challenge(answer)["error"] == "invalid_token"
    assert datetime.now(UTC).timestamp() > claims.expires_at


def test_a_token_for_another_audience_is_refused(anybody: httpx.Client, registry: Registry) -> None:
    now = int(datetime.now(UTC).timestamp())
    claims = TokenClaims(
        issuer=registry.tokens.issuer,
        audience="another-service",
        principal=Principal(PrincipalKind.ROBOT, "ci"),
        scopes=parse_scopes(["repository:team/app:pull"]),
        issued_at=now,
        not_before=now,
        expires_at=now + 60,
        token_id="other",
    )
    answer = anybody.get("/v2/team/app/manifests/v1", headers=_bearer(registry.tokens.issue(claims)))
    assert _challenge(answer)["error"] == "invalid_token"


def test_a_name_and_password_work_without_a_token(anybody: httpx.Client) -> None:
    assert anybody.get("/v2/", auth=ROBOT).status_code == 200
    refused = anybody.delete("/v2/team/app/manifests/v1", auth=ROBOT)
    assert refused.status_code == 403
    assert error_codes(refused) == ["DENIED"]
    assert anybody.get("/v2/", auth=("robot$ci", "wrong")).status_code == 401
    assert anybody.get("/v2/_catalog", auth=ROBOT).status_code == 403
    assert anybody.get("/v2/_catalog", auth=ADMIN).status_code == 200


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"nocolon").decode(), "Digest x", "x", ""]
)
def test_credentials_that_prove_nothing_are_refused(anybody: httpx.Client, header: str) -> None:
    assert anybody.get("/v2/", headers={"authorization": header}).status_code == 401


def test_a_good_password_is_not_checked_anew_each_time_but_a_bad_one_is(
    anybody: httpx.Client, registry: Registry
) -> None:
    for _ in range(3):
        anybody.get("/v2/", auth=ADMIN)
    registry.sign_ins.clear()
    for _ in range(3):
        assert anybody.get("/v2/", auth=ADMIN).status_code == 200
        assert anybody.get("/v2/", auth=("somebody", "guess")).status_code == 401
    assert registry.sign_ins == ["somebody"] * 3


def test_who_guesses_is_told_to_wait(anybody: httpx.Client) -> None:
    answers = [anybody.get("/v2/token", auth=("guesser", str(number))) for number in range(8)]
    waiting = answers[-1]
    assert waiting.status_code == 429
    assert error_codes(waiting) == ["TOOMANYREQUESTS"]
    assert int(waiting.headers["retry-after"]) > 0


def test_a_mount_needs_the_right_to_pull_from_where_it_is(anybody: httpx.Client, http: httpx.Client) -> None:
    secret = b"a secret of another team"
    digest = Repo(http, "other/secret").push_blob(secret)
    token = _token(anybody, ROBOT, "repository:team/thief:pull,push", "repository:other/secret:pull")
    for query in ({"mount": str(digest), "from": "other/secret"}, {"mount": str(digest)}):
        answer = anybody.post("/v2/team/thief/blobs/uploads/", params=query, headers=_bearer(token))
        assert answer.status_code == 202
    assert anybody.get(f"/v2/team/thief/blobs/{digest}", headers=_bearer(token)).status_code == 404


def test_a_mount_with_a_token_for_its_target_alone_is_told_what_to_ask_for(
    anybody: httpx.Client, http: httpx.Client
) -> None:
    content = b"a layer of our own"
    digest = Repo(http, "team/source").push_blob(content)
    for target, source in (("team/target-1", {"from": "team/source"}), ("team/target-2", {})):
        query = {"mount": str(digest), **source}
        token = _token(anybody, ROBOT, f"repository:{target}:pull,push")
        asked = anybody.post(f"/v2/{target}/blobs/uploads/", params=query, headers=_bearer(token))
        assert asked.status_code == 401
        scope = _challenge(asked)["scope"]
        assert scope == f"repository:{target}:pull,push repository:team/source:pull"
        both = _token(anybody, ROBOT, scope)
        mounted = anybody.post(f"/v2/{target}/blobs/uploads/", params=query, headers=_bearer(both))
        assert mounted.status_code == 201


def test_a_personal_token_is_a_password_and_a_bearer_token_until_it_is_revoked(
    anybody: httpx.Client, registry: Registry
) -> None:
    token = registry.personal_token(ADMIN[0])
    address = "/v2/team/tokens/tags/list"
    held = _token(anybody, (ADMIN[0], token), "repository:team/tokens:pull,push")
    with httpx.Client(base_url=anybody.base_url, headers=_bearer(held)) as http:
        Repo(http, "team/tokens").push_image("v1")
    assert anybody.get(address, auth=(ADMIN[0], token)).status_code == 200
    assert anybody.get(address, headers=_bearer(token)).status_code == 200
    assert anybody.get(address, auth=(ROBOT[0], token)).status_code == 401
    assert anybody.get("/v2/token", auth=("somebody", token)).status_code == 401
    with registry.records.write() as kept:
        kept.personal_tokens.remove(kept.personal_tokens.of_person(ADMIN[0])[0].id)
    assert anybody.get(address, auth=(ADMIN[0], token)).status_code == 401
    assert anybody.get(address, headers=_bearer(token)).status_code == 401
