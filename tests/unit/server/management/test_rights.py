"""Who may ask the management API for what: nobody for anything, unless it is said."""

import re

import pytest

from lading.server.management.app import make_app
from tests.support.management import Api, code_of

PUBLIC = {("GET", "/key")}  # the key that verifies signatures is for everybody
SIGNS_IN = {("POST", "/sessions/device"), ("POST", "/sessions/device/token")}  # see test_device_sign_in
ENDS_QUIETLY = {("DELETE", "/sessions/current")}  # ending a session that is not open is fine


def _routes() -> list[tuple[str, str]]:
    return [
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in make_app().openapi()["paths"].items()
        for method in methods
    ]


@pytest.fixture(scope="module")
def api() -> Api:
    api = Api()
    api.governed.good_image()
    api.governed.bad_image()
    api.add_person("ann", ("reader", "shop/**"))
    api.add_person("aud", ("auditor", "**"))
    api.add_person("root", admin=True)
    return api


def test_the_walk_below_sees_the_routes() -> None:
    assert len(_routes()) > 35


@pytest.mark.parametrize(("method", "path"), sorted(set(_routes()) - PUBLIC - ENDS_QUIETLY - SIGNS_IN))
def test_without_a_sign_in_nothing_is_answered(api: Api, method: str, path: str) -> None:
    answer = api.ask(method, re.sub(r"{[^}]+}", "x", path))
    assert (answer.status_code, code_of(answer)) == (401, "sign-in-required")


@pytest.mark.parametrize(("method", "path"), sorted(PUBLIC))
def test_what_is_public_is_answered_to_nobody(api: Api, method: str, path: str) -> None:
    assert api.ask(method, path).status_code == 200


def test_an_image_that_one_may_not_see_is_not_found(api: Api) -> None:
    hidden = api.ask("GET", "/image?ref=lab/bad:1.0", who="ann")
    absent = api.ask("GET", "/image?ref=lab/none:1.0", who="ann")
    assert (hidden.status_code, code_of(hidden)) == (404, "image-unknown")
    assert hidden.json()["title"] == absent.json()["title"].replace("lab/none", "lab/bad")


def test_lists_hold_only_what_one_may_see(api: Api) -> None:
    seen = {each["repository"] for each in api.ask("GET", "/images", who="ann").json()["items"]}
    every = {each["repository"] for each in api.ask("GET", "/images", who="root").json()["items"]}
    assert seen == {"shop/app"}
    assert every == {"shop/app", "lab/bad"}


@pytest.mark.parametrize(
    "path", ["/users", "/robots", "/roles", "/access/who-can?verb=pull", "/audit", "/audit/verify", "/teams"]
)
def test_a_reader_of_one_repository_does_not_see_the_installation(api: Api, path: str) -> None:
    answer = api.ask("GET", path, who="ann")
    assert (answer.status_code, code_of(answer)) == (403, "access-denied")


def test_an_auditor_reads_the_log_and_changes_nothing(api: Api) -> None:
    assert api.ask("GET", "/audit/verify", who="aud").json()["intact"] is True
    made = api.ask("POST", "/robots", who="aud", json={"name": "ci", "grants": []})
    assert (made.status_code, code_of(made)) == (403, "access-denied")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/gate", {"reference": "lab/bad:1.0"}),
        ("POST", "/promotions", {"reference": "shop/app:1.0", "target": "dev", "reason": "a release"}),
        ("PUT", "/hosts/node-1", {"agent": "0.1.0", "containers": []}),
        ("PUT", "/users/root", {"disabled": True}),
        ("PUT", "/roles", {"principal": "person:ann", "role": "maintainer"}),
        ("PUT", "/owners", {"pattern": "shop/**", "team": "shop"}),
    ],
)
def test_a_reader_changes_nothing(api: Api, method: str, path: str, body: dict[str, object]) -> None:
    answer = api.ask(method, path, who="ann", json=body)
    refused = "grant-beyond-own" if path == "/roles" else "access-denied"
    assert (answer.status_code, code_of(answer)) == (403, refused)


def test_a_role_counts_from_the_next_request_on() -> None:
    api = Api()
    api.governed.good_image()
    api.add_person("ben")
    api.add_person("root", admin=True)
    assert api.ask("GET", "/image?ref=shop/app:1.0", who="ben").status_code == 404
    role = {"principal": "person:ben", "role": "reader", "pattern": "shop/**"}
    assert api.ask("PUT", "/roles", who="root", json=role).status_code == 200
    assert api.ask("GET", "/image?ref=shop/app:1.0", who="ben").status_code == 200
