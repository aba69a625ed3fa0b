"""Requests to the management API that could be taken in two ways."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.management import Api, code_of


@pytest.fixture(scope="module")
def api() -> Api:
    api = Api()
    api.add_person("ann", admin=True)
    return api


def test_a_filter_that_is_misspelt_is_refused_and_not_ignored(api: Api) -> None:
    answer = api.ask("GET", "/images?repositroy=shop/app", who="ann")
    assert answer.status_code == 400
    assert code_of(answer) == "query-unknown"
    assert "repository" in answer.json()["hint"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "a", "name": "b", "grants": []}',
        b'{"name": "a", "grants": [{"pattern": "x", "pattern": "**", "verbs": []}]}',
        b'{"name": "\\ud800", "grants": []}',
        b'{"name": "a", "grants": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"name": NaN, "grants": []}',
    ],
)
def test_a_body_that_two_readers_take_for_two_things_is_refused(api: Api, body: bytes) -> None:
    answer = api.ask("POST", "/robots", who="ann", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500
    listed = api.ask("GET", "/robots", who="ann").json()["items"]
    assert listed == []


def test_nobody_learns_parameters_before_signing_in(api: Api) -> None:
    assert api.ask("GET", "/images?nonsense=1").status_code == 401


@settings(max_examples=60, deadline=None)
@given(
    path=st.sampled_from(["/images", "/image", "/audit", "/robots", "/owner", "/access/why", "/roles"]),
    query=st.dictionaries(
        st.sampled_from(["after", "limit", "ref", "repository", "who", "verb", "x"]), st.text(), max_size=4
    ),
)
def test_no_query_makes_the_server_fail(api: Api, path: str, query: dict[str, str]) -> None:
    from urllib.parse import urlencode  # noqa: PLC0415

    encoded = urlencode({name: value.encode("utf-8", "replace") for name, value in query.items()})
    answer = api.ask("GET", f"{path}?{encoded}", who="ann")
    assert answer.status_code < 500
