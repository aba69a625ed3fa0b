"""Roles over the API: made, given, asked about, and never more than one's own."""

import pytest

from lading.access.repository_pattern import RepositoryPattern
from tests.support.management import Api, code_of


@pytest.fixture
def api() -> Api:
    api = Api()
    api.add_person("root", admin=True)
    api.add_person("ann", ("owner", "shop/**"))
    api.add_person("ben")
    return api


def give(api: Api, who: str, **binding: str) -> tuple[int, str]:
    body = {"principal": "person:ben", "pattern": "shop/app", "environment": ""} | binding
    answer = api.ask("PUT", "/roles", who=who, json=body)
    return answer.status_code, "" if answer.status_code == 200 else code_of(answer)


def define(api: Api, *verbs: str, name: str = "deployer", who: str = "root") -> tuple[int, str]:
    body = {"name": name, "verbs": list(verbs), "description": "moves things"}
    answer = api.ask("PUT", "/role-definitions", who=who, json=body)
    return answer.status_code, "" if answer.status_code == 200 else code_of(answer)


def test_a_made_role_counts_with_the_next_request_and_so_does_its_edit(api: Api) -> None:
    assert define(api, "pull", "promote") == (200, "")
    assert give(api, "root", role="deployer", environment="prod") == (200, "")
    asked = "/access/why?who=person:ben&verb=promote&repository=shop/app&environment="
    assert api.ask("GET", f"{asked}prod", who="root").json()["allowed"]
    assert not api.ask("GET", f"{asked}dev", who="root").json()["allowed"]
    define(api, "pull")
    assert not api.ask("GET", f"{asked}prod", who="root").json()["allowed"]
    names = {each["name"] for each in api.ask("GET", "/role-definitions", who="ben").json()["items"]}
    assert {"deployer", "reader", "owner"} <= names


def test_only_an_administrator_makes_changes_and_forgets_roles(api: Api) -> None:
    define(api, "pull")
    for who in ("ann", "ben"):
        assert define(api, "pull", "delete", who=who) == (403, "access-denied")
        assert api.ask("DELETE", "/role-definitions/deployer", who=who).status_code == 403
    assert define(api, "administer", name="boss") == (400, "role-verbs-invalid")
    assert define(api, "push", name="reader") == (400, "role-shipped")
    assert define(api, "psh") == (400, "verb-unknown")


def test_a_role_that_somebody_has_is_not_forgotten(api: Api) -> None:
    define(api, "pull")
    give(api, "root", role="deployer")
    assert code_of(api.ask("DELETE", "/role-definitions/deployer", who="root")) == "role-in-use"
    body = {"principal": "person:ben", "role": "deployer", "pattern": "shop/app", "environment": ""}
    assert api.ask("POST", "/roles/revoke", who="ann", json=body).status_code == 200
    assert api.ask("DELETE", "/role-definitions/deployer", who="root").status_code == 204
    assert api.ask("DELETE", "/role-definitions/deployer", who="root").status_code == 404


def test_an_owner_gives_and_takes_within_what_is_theirs(api: Api) -> None:
    assert give(api, "ann", role="publisher") == (200, "")
    assert give(api, "ann", role="owner") == (200, "")
    assert give(api, "ann", role="publisher", pattern="other/app") == (403, "grant-beyond-own")
    assert give(api, "ann", role="auditor", pattern="**") == (403, "grant-beyond-own")
    assert give(api, "ann", role="reader", principal="everyone") == (403, "grant-beyond-own")
    assert give(api, "ben", role="reader", pattern="**") == (403, "grant-beyond-own")
    seen = api.ask("GET", "/roles", who="ann").json()["items"]
    assert {each["pattern"] for each in seen} == {"shop/**", "shop/app"}


def test_a_role_that_was_widened_cannot_be_passed_on_by_who_does_not_hold_it_all(api: Api) -> None:
    define(api, "pull")
    assert give(api, "ann", role="deployer") == (200, "")
    define(api, "pull", "edit-policy")
    assert give(api, "ann", role="deployer") == (403, "grant-beyond-own")


def test_nobody_takes_back_what_they_could_not_give(api: Api) -> None:
    give(api, "root", role="reader", pattern="**")
    body = {"principal": "person:ben", "role": "reader", "pattern": "**", "environment": ""}
    assert code_of(api.ask("POST", "/roles/revoke", who="ann", json=body)) == "grant-beyond-own"


def test_who_can_is_asked_of_a_repository_or_of_a_pattern(api: Api) -> None:
    give(api, "root", role="publisher")
    one = api.ask("GET", "/access/who-can?verb=push&repository=shop/app", who="root").json()["items"]
    assert [each["subject"] for each in one] == ["person:root", "person:ann", "person:ben"]
    many = api.ask("GET", "/access/who-can?verb=push&repository=shop/*", who="root").json()["items"]
    because = {each["subject"]: each["because"] for each in many}
    assert because["person:ben"].endswith("(a part of shop/*)")
    assert "a part" not in because["person:ann"]
    assert RepositoryPattern.parse("shop/*").covers(RepositoryPattern.parse("shop/app"))


def test_what_somebody_can_is_told_with_the_group_that_gives_it(api: Api) -> None:
    api.ask("PUT", "/users/ben", who="root", json={"groups": ["dev"]})
    give(api, "root", role="reader", principal="group:dev", pattern="lab/**")
    found = api.ask("GET", "/access/what-can?who=person:ben", who="root").json()
    assert found["groups"] == ["dev"]
    (right,) = found["rights"]
    assert (right["subject"], right["role"], right["pattern"]) == ("group:dev", "reader", "lab/**")
    assert api.ask("GET", "/access/what-can?who=person:root", who="root").json()["administrator"]
    assert api.ask("GET", "/access/what-can?who=person:ben", who="ann").status_code == 403


def test_a_token_for_reading_reads_and_changes_nothing(api: Api) -> None:
    opened = api.ask("POST", "/sessions", who="root").json()["token"]
    body = {"name": "viewer", "reading_only": True}
    made = api.ask("POST", "/tokens", token=opened, json=body).json()
    assert made["reading_only"]
    token = made["token"]
    assert api.ask("GET", "/audit", token=token).status_code == 200
    assert api.ask("GET", "/images", token=token).status_code == 200
    assert api.ask("GET", "/users", token=token).status_code == 403, "that is for who administers"
    for method, path in (("PUT", "/roles"), ("POST", "/users"), ("DELETE", "/robots/ci")):
        assert code_of(api.ask(method, path, token=token, json={})) == "token-reading-only"
