"""Upstreams and caches over the management API: for administrators, and no password ever comes out."""

from datetime import timedelta

import pytest

from lading.foundation.errors import Unauthenticated
from lading.server.management.asking import _decoded
from tests.support.management import Api, code_of
from tests.support.upstream import upstream

HUB = {"url": "https://hub.example", "user": "robot", "password": "hunter2"}


@pytest.fixture
def api() -> Api:
    api = Api()
    api.add_person("root", admin=True)
    api.add_person("ann", ("maintainer", "**"))
    return api


def test_a_password_goes_in_and_never_comes_out(api: Api) -> None:
    assert api.ask("PUT", "/upstreams/hub", json=HUB, who="root").status_code == 200
    listed = api.ask("GET", "/upstreams", who="root")
    (line,) = listed.json()["items"]
    assert (line["name"], line["user"], line["requests_per_hour"]) == ("hub", "robot", 1000)
    log = api.ask("GET", "/audit", who="root").text
    assert "upstream.set" in log
    assert "hunter2" not in listed.text + log
    with api.governed.registry.records.read() as kept:
        assert "hunter2" not in repr(kept.upstreams.upstream("hub"))


def test_a_password_does_not_follow_an_upstream_to_another_place(api: Api) -> None:
    api.ask("PUT", "/upstreams/hub", json=HUB, who="root")
    same = {"url": HUB["url"], "user": "robot", "fresh_seconds": 60}
    assert api.ask("PUT", "/upstreams/hub", json=same, who="root").status_code == 200
    for change in ({"url": "https://evil.example"}, {"user": "other"}):
        answer = api.ask("PUT", "/upstreams/hub", json=same | change, who="root")
        assert code_of(answer) == "upstream-password-missing"


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("Hub", {}, "upstream-name-invalid"),
        ("hub", {"url": "https://robot:hunter2@hub.example"}, "upstream-url-invalid"),
        ("hub", {"fresh_seconds": 1}, "upstream-numbers-invalid"),
        ("hub", {"requests_per_hour": 0}, "upstream-numbers-invalid"),
        ("hub", {"user": "a:b"}, "upstream-user-invalid"),
    ],
)
def test_what_no_upstream_can_be_is_refused_with_the_reason(
    api: Api, name: str, change: dict[str, object], code: str
) -> None:
    answer = api.ask("PUT", f"/upstreams/{name}", json=HUB | change, who="root")
    assert code_of(answer) == code
    assert "hunter2" not in answer.text


def test_a_cache_is_made_listed_and_removed_before_its_upstream(api: Api) -> None:
    ask = {"prefix": "hub", "upstream": "hub", "namespace": "docker.io"}
    assert code_of(api.ask("PUT", "/caches", json=ask, who="root")) == "upstream-unknown"
    api.ask("PUT", "/upstreams/hub", json=HUB, who="root")
    assert api.ask("PUT", "/caches", json=ask, who="root").status_code == 200
    below = api.ask("PUT", "/caches", json=ask | {"prefix": "hub/x", "namespace": ""}, who="root")
    assert code_of(below) == "cache-overlaps"
    twice = api.ask("PUT", "/caches", json=ask | {"prefix": "other"}, who="root")
    assert code_of(twice) == "cache-namespace-taken"
    assert [each["prefix"] for each in api.ask("GET", "/caches", who="root").json()["items"]] == ["hub"]
    assert code_of(api.ask("DELETE", "/upstreams/hub", who="root")) == "upstream-in-use"
    assert api.ask("GET", "/caches/tags?prefix=hub", who="root").json()["items"] == []
    assert api.ask("DELETE", "/caches?prefix=hub", who="root").status_code == 204
    assert code_of(api.ask("DELETE", "/caches?prefix=hub", who="root")) == "cache-unknown"
    assert api.ask("DELETE", "/upstreams/hub", who="root").status_code == 204


def test_a_cache_does_not_take_over_what_was_pushed(api: Api) -> None:
    api.governed.registry.push_image("team/app")
    api.ask("PUT", "/upstreams/hub", json=HUB, who="root")
    answer = api.ask("PUT", "/caches", json={"prefix": "team", "upstream": "hub"}, who="root")
    assert code_of(answer) == "cache-place-taken"


def test_nobody_but_administrators_sees_or_changes_any_of_it(api: Api) -> None:
    for method, path, body in (
        ("GET", "/upstreams", None), ("PUT", "/upstreams/hub", HUB), ("DELETE", "/upstreams/hub", None),
        ("POST", "/upstreams/hub/try", {"repository": "a"}), ("GET", "/caches", None),
        ("PUT", "/caches", {"prefix": "a", "upstream": "hub"}), ("DELETE", "/caches?prefix=a", None),
        ("GET", "/caches/tags?prefix=a", None),
    ):  # fmt: skip
        assert api.ask(method, path, json=body, who="ann").status_code == 403
        assert api.ask(method, path, json=body).status_code == 401


def test_an_upstream_is_tried_on_the_spot_with_its_three_answers(api: Api) -> None:
    with upstream(login=("robot", "hunter2")) as there:
        digest = there.image("app", "1")
        api.ask("PUT", "/upstreams/hub", json=HUB | {"url": there.url}, who="root")

        def tried(tag: str) -> dict[str, str]:
            found = api.ask("POST", "/upstreams/hub/try", json={"repository": "app", "tag": tag}, who="root")
            answer: dict[str, str] = found.json()
            return answer

        assert tried("1") == {"answer": "present", "digest": str(digest), "said": ""}
        assert tried("2")["answer"] == "absent"
        there.status = 500
        assert tried("1")["answer"] == "unanswered"
        (line,) = api.ask("GET", "/upstreams", who="root").json()["items"]
        assert "500" in line["failure"]
        api.move_clock(timedelta(minutes=1))
        api.ask("PUT", "/upstreams/hub", json=HUB | {"url": there.url, "password": "wrong"}, who="root")
        there.status = 200
        assert tried("1")["answer"] == "unanswered"
        api.remotes.close()


def test_credentials_and_bodies_in_base64_that_are_no_ascii_are_no_fault_of_ours(api: Api) -> None:
    with pytest.raises(Unauthenticated):
        _decoded("é")
    ask = {"host": "h", "method": "GET", "uri": "/", "body": "é", "user": "", "image_id": "", "digests": []}
    assert api.ask("POST", "/engine/authorize", json=ask, who="root").status_code == 400
