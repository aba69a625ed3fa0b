"""Requests that nobody honest sends: refused with a reason, nothing stored, no secret repeated."""

import json

import pytest

from tests.support.management import Api, code_of

USER = {"name": "eve", "password": "four other words here"}


@pytest.fixture(scope="module")
def api() -> Api:
    api = Api()
    api.governed.good_image()
    api.add_person("root", admin=True)
    return api


def _names(api: Api) -> list[str]:
    return [user["name"] for user in api.ask("GET", "/users", who="root").json()["items"]]


@pytest.mark.parametrize(
    "body",
    [
        {**USER, "amdin": True},
        {"name": "eve"},
        {**USER, "groups": "admins"},
        {**USER, "name": ["eve"]},
        {**USER, "name": None},
        {**USER, "admin": "yes"},
        [],
        "eve",
        None,
    ],
)
def test_a_body_of_another_shape_is_refused(api: Api, body: object) -> None:
    answer = api.ask("POST", "/users", who="root", json=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, code_of(answer)) == (400, "request-invalid")
    assert "four other words here" not in answer.text
    assert _names(api) == ["root"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"name": "eve"', b"\xff\xfe", b"nul", b"{}" * 3])
def test_what_is_not_json_is_refused(api: Api, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.ask("POST", "/users", who="root", content=content, headers=headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert _names(api) == ["root"]


def test_absurd_depth_is_refused(api: Api) -> None:
    deep = b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    headers = {"Content-Type": "application/json"}
    answer = api.ask("POST", "/users", who="root", content=deep, headers=headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/users", "/gate", "/policy/check"])
def test_a_huge_body_is_refused_and_not_read_on(api: Api, path: str) -> None:
    content = json.dumps({"name": "e" * (3 << 20)}).encode()
    headers = {"Content-Type": "application/json"}
    answer = api.ask("POST", path, who="root", content=content, headers=headers)
    assert (answer.status_code, code_of(answer)) == (413, "request-too-large")
    assert _names(api) == ["root"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/images?limit=0", 400),
        ("/images?limit=-1", 400),
        ("/images?limit=99999999", 400),
        ("/images?limit=many", 400),
        ("/image", 400),
        ("/image?ref=" + "a" * 700, 400),
        ("/image?ref=../../etc/passwd", 400),
        ("/image?ref=shop/app@sha256:00", 400),
        ("/image?ref=elsewhere.example/shop/app:1.0", 404),
        ("/image/sbom?ref=shop/app:1.0&format=exe", 400),
        ("/audit/verify?head=1:zz", 400),
        ("/access/who-can?verb=rule", 400),
        ("/decisions/" + "d" * 100, 400),
        ("/decisions/none", 404),
        ("/nothing/here", 404),
    ],
)
def test_what_cannot_be_asked_is_refused(api: Api, path: str, status: int) -> None:
    answer = api.ask("GET", path, who="root")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_a_page_key_that_was_not_given_out_is_refused(api: Api) -> None:
    answer = api.ask("GET", "/images?after=not-a-key", who="root")
    assert (answer.status_code, code_of(answer)) == (400, "page-key-invalid")


@pytest.mark.parametrize("content", [b"rules: [", b"\xff", b"- a list", b"name: x\nrules: []\nmore: 1\n"])
def test_a_policy_that_cannot_be_read_changes_nothing(api: Api, content: bytes) -> None:
    before = api.ask("GET", "/policy", who="root").json()["digest"]
    assert api.ask("PUT", "/policy", who="root", content=content).status_code == 400
    assert api.ask("GET", "/policy", who="root").json()["digest"] == before
