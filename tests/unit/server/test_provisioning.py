"""SCIM as identity providers speak it, and as those speak who should reach nobody."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from lading.access.directory import DirectoryPerson, GroupRules
from lading.access.personal_token import personal_token
from lading.access.principal import Principal, PrincipalKind
from lading.foundation.errors import Forbidden, NotFound
from lading.ports.records.people import User
from lading.ports.records.record_set import Records
from lading.registry.caller import BoundRights, Caller
from lading.server.provisioning.app import provisioning_app
from lading.server.provisioning.services import ProvisioningServices
from lading.workflows.browser_sessions import find_session, open_session
from lading.workflows.directory_accounts import take_up_account
from lading.workflows.personal_tokens import NewToken, create_token
from lading.workflows.provisioning_tokens import end_provisioning_token, make_provisioning_token
from lading.workflows.rights import load_bindings
from lading.workflows.user_accounts import UserChange, change_user
from tests.support.accounts import account_ports, events

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SESSION = "s" * 43
TOKEN, OTHER = "t" * 43, "o" * 43
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ANN: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "Ann@Example.com",
    "externalId": "00u1",
    "active": True,
    "displayName": "Ann Example",
    "name": {"givenName": "Ann", "familyName": "Example"},
    "emails": [{"value": "ann@example.com", "type": "work", "primary": True}],
    "title": "engineer",
}
ANN_ID = "ann@example.com"


class Provider:
    """An identity provider that has the token of the directory ``corp``."""

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self.ports = account_ports()
        self.records: Records = self.ports.records
        rules = {"corp": GroupRules(), "other": GroupRules(named={"theirs": "ours"})}
        ids = iter(f"{number:016x}" for number in range(1000))
        services = ProvisioningServices(
            self.records, rules, "https://lading.example", lambda: NOW, lambda: next(ids), executor
        )
        self.app = provisioning_app(services)
        with self.records.write() as kept:
            kept.people.add_user(User("root", "x", NOW, admin=True))
            kept.people.add_user(User("local", "x", NOW))
        for name, token in (("corp", TOKEN), ("other", OTHER)):
            make_provisioning_token(self.records, self.root(), name, token, known=rules, now=NOW)

    def root(self) -> Caller:
        return self.caller("root", admin=True)

    def caller(self, name: str, *, admin: bool = False) -> Caller:
        bindings = load_bindings(self.records)
        return Caller(Principal(PrincipalKind.PERSON, name, admin=admin), BoundRights(bindings))

    def ask(
        self, method: str, path: str, body: object = None, *, token: str = TOKEN, **query: str
    ) -> httpx.Response:
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}"} if token else {}

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(
                    method, f"/scim/v2/{path}", content=content, headers=headers, params=query or None
                )

        return asyncio.run(send())

    def patch(self, path: str, *operations: dict[str, Any]) -> httpx.Response:
        return self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    def user(self, name: str) -> User:
        with self.records.read() as kept:
            found = kept.people.user(name)
        assert found is not None
        return found


@pytest.fixture
def provider() -> Iterator[Provider]:
    with ThreadPoolExecutor(1) as executor:
        yield Provider(executor)


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["userName"] for each in answer.json()["Resources"]]


def refused(answer: httpx.Response, status: int, kind: str = "") -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/scim+json"
    body = answer.json()
    assert (body["schemas"], body["status"], body.get("scimType", "")) == ([ERROR], str(status), kind)


def test_somebody_is_made_and_shown_as_they_were_described(provider: Provider) -> None:
    made = provider.ask("POST", "Users", ANN)
    assert made.status_code == 201
    shown = provider.ask("GET", f"Users/{ANN_ID}")
    assert shown.json() == made.json()
    assert made.headers["Location"] == shown.json()["meta"]["location"]
    assert made.headers["Location"] == f"https://lading.example/scim/v2/Users/{ANN_ID}"
    body = shown.json()
    assert body | {"userName": ANN_ID, "id": ANN_ID} == body
    for attribute in ("externalId", "active", "displayName", "name", "emails"):
        assert body[attribute] == ANN[attribute]
    assert "title" not in body
    user = provider.user(ANN_ID)
    assert (user.directory, user.password_hash, user.admin, user.disabled) == ("corp", "", False, False)
    assert [event.actor for event in events(provider.ports, "person.create")] == ["directory:corp"]


def test_the_first_sign_in_by_the_directory_takes_the_account_up(provider: Provider) -> None:
    provider.ask("POST", "Users", ANN)
    with provider.records.write() as kept:
        person = DirectoryPerson("corp", "sub-1", ANN_ID, ("dev",))
        taken = take_up_account(kept, person, NOW, newcomers=False)
    assert isinstance(taken, User)
    assert (taken.name, taken.directory_id) == (ANN_ID, "sub-1")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ('userName eq "ANN@example.com"', [ANN_ID]),
        ('externalId eq "00u1"', [ANN_ID]),
        ('externalId eq "00U1"', []),
        (f'id eq "{ANN_ID}" and externalId eq "00u1"', [ANN_ID]),
        (f'id eq "{ANN_ID}" and externalId eq "00u2"', []),
        ("active eq true", [ANN_ID, "ben"]),
        ("active eq false", []),
        ('userName eq "local"', []),
        ("", [ANN_ID, "ben"]),
    ],
)
def test_people_are_found(provider: Provider, asked: str, found: list[str]) -> None:
    provider.ask("POST", "Users", ANN)
    provider.ask("POST", "Users", {"userName": "ben"})
    assert names(provider.ask("GET", "Users", filter=asked)) == found


def test_pages_say_how_many_there_are(provider: Provider) -> None:
    for number in range(5):
        provider.ask("POST", "Users", {"userName": f"u{number}"})
    answer = provider.ask("GET", "Users", startIndex="2", count="2")
    assert names(answer) == ["u1", "u2"]
    body = answer.json()
    assert (body["totalResults"], body["startIndex"], body["itemsPerPage"]) == (5, 2, 2)
    assert names(provider.ask("GET", "Users", startIndex="-3", count="0")) == []
    assert names(provider.ask("GET", "Users", startIndex="900000000")) == []


def test_replacing_forgets_what_is_not_said_but_not_whether_they_are_active(provider: Provider) -> None:
    provider.ask("POST", "Users", {**ANN, "active": False})
    body = provider.ask("PUT", f"Users/{ANN_ID}", {"userName": ANN_ID, "displayName": "A."}).json()
    assert (body["displayName"], body["active"]) == ("A.", False)
    assert not {"emails", "name", "externalId"} & body.keys()


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "replace", "value": {"active": False}},
        {"op": "Replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": False},
        {"op": "ADD", "value": {"Active": "false"}},
    ],
)
def test_inactive_ends_sessions_and_tokens_at_once_however_it_is_said(
    provider: Provider, operation: dict[str, Any]
) -> None:
    provider.ask("POST", "Users", ANN)
    principal = Principal(PrincipalKind.PERSON, ANN_ID)
    open_session(provider.records, principal, SESSION, NOW)
    new = NewToken("laptop", personal_token("x" * 43), NOW + timedelta(days=1))
    create_token(provider.records, provider.caller(ANN_ID), new, NOW)
    answer = provider.patch(f"Users/{ANN_ID}", operation)
    assert answer.json()["active"] is False
    assert provider.user(ANN_ID).disabled
    assert find_session(provider.records, SESSION, NOW) is None
    with provider.records.read() as kept:
        assert kept.personal_tokens.of_person(ANN_ID) == ()
    assert (
        provider.patch(f"Users/{ANN_ID}", {"op": "replace", "path": "active", "value": True}).status_code
        == 200
    )
    assert not provider.user(ANN_ID).disabled


def test_who_was_deleted_is_gone_and_only_an_administrator_brings_them_back(provider: Provider) -> None:
    provider.ask("POST", "Users", ANN)
    assert provider.ask("DELETE", f"Users/{ANN_ID}").status_code == 204
    assert provider.user(ANN_ID).disabled
    for method in ("GET", "DELETE"):
        refused(provider.ask(method, f"Users/{ANN_ID}"), 404)
    refused(provider.patch(f"Users/{ANN_ID}", {"op": "replace", "path": "active", "value": True}), 404)
    assert names(provider.ask("GET", "Users")) == []
    assert names(provider.ask("GET", "Users", filter=f'userName eq "{ANN_ID}"')) == []
    refused(provider.ask("POST", "Users", ANN), 409, "uniqueness")
    change_user(provider.records, provider.root(), ANN_ID, UserChange(disabled=False), NOW)
    assert provider.ask("GET", f"Users/{ANN_ID}").json()["active"] is True


def test_whom_an_administrator_disabled_no_provider_enables(provider: Provider) -> None:
    provider.ask("POST", "Users", ANN)
    off, on = ({"op": "replace", "path": "active", "value": value} for value in (False, True))
    provider.patch(f"Users/{ANN_ID}", off)
    for disabled in (False, True):
        change_user(provider.records, provider.root(), ANN_ID, UserChange(disabled=disabled), NOW)
    refused(provider.patch(f"Users/{ANN_ID}", on), 403)
    refused(provider.ask("PUT", f"Users/{ANN_ID}", ANN), 403)
    assert provider.user(ANN_ID).disabled


def test_the_last_administrator_stays(provider: Provider) -> None:
    provider.ask("POST", "Users", ANN)
    change_user(provider.records, provider.root(), ANN_ID, UserChange(admin=True), NOW)
    change_user(provider.records, provider.root(), "root", UserChange(admin=False), NOW)
    refused(provider.patch(f"Users/{ANN_ID}", {"op": "replace", "value": {"active": False}}), 409)
    refused(provider.ask("DELETE", f"Users/{ANN_ID}"), 409)
    assert not provider.user(ANN_ID).disabled


@pytest.mark.parametrize(
    "name", ["root", "local", "theirs", "nobody", "a%00b", "%F0%9F%98%80", "..%2FUsers%2Flocal"]
)
def test_nobody_of_elsewhere_is_reached_or_told_from_nobody(provider: Provider, name: str) -> None:
    provider.ask("POST", "Users", {"userName": "theirs", "externalId": "x"}, token=OTHER)
    off = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    for method, body in (("GET", None), ("PUT", {"userName": name}), ("PATCH", off), ("DELETE", None)):
        answer = provider.ask(method, f"Users/{name}", body)
        assert answer.status_code in {400, 404}, answer.text
    with provider.records.read() as kept:
        assert not any(user.disabled for user in kept.people.users().items)
    assert names(provider.ask("GET", "Users")) == []
    assert names(provider.ask("GET", "Users", filter='externalId eq "x"')) == []


@pytest.mark.parametrize("name", ["root", "local", "theirs"])
def test_a_name_of_elsewhere_is_taken(provider: Provider, name: str) -> None:
    provider.ask("POST", "Users", {"userName": "theirs"}, token=OTHER)
    before = provider.user(name)
    refused(provider.ask("POST", "Users", {"userName": name.upper()}), 409, "uniqueness")
    assert provider.user(name) == before


def test_an_outside_id_is_of_one_person(provider: Provider) -> None:
    provider.ask("POST", "Users", ANN)
    refused(provider.ask("POST", "Users", {"userName": "ben", "externalId": "00u1"}), 409, "uniqueness")
    provider.ask("POST", "Users", {"userName": "ben"})
    refused(
        provider.patch("Users/ben", {"op": "add", "path": "externalId", "value": "00u1"}), 409, "uniqueness"
    )


@pytest.mark.parametrize("token", ["", "x" * 43, TOKEN + "x", TOKEN[:-1]])
def test_nothing_is_answered_without_a_right_token(provider: Provider, token: str) -> None:
    for method, path in (("GET", "ServiceProviderConfig"), ("GET", "Users"), ("POST", "Users")):
        answer = provider.ask(method, path, token=token)
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_ended_or_replaced_token_opens_nothing(provider: Provider) -> None:
    make_provisioning_token(provider.records, provider.root(), "corp", "n" * 43, known={"corp"}, now=NOW)
    refused(provider.ask("GET", "Users"), 401)
    assert provider.ask("GET", "Users", token="n" * 43).status_code == 200
    end_provisioning_token(provider.records, provider.root(), "corp", NOW)
    refused(provider.ask("GET", "Users", token="n" * 43), 401)


def test_only_administrators_make_tokens_and_only_for_directories_there_are(provider: Provider) -> None:
    with pytest.raises(Forbidden):
        make_provisioning_token(
            provider.records, provider.caller("local"), "corp", "n" * 43, known={"corp"}, now=NOW
        )
    with pytest.raises(Forbidden):
        end_provisioning_token(provider.records, provider.caller("local"), "corp", NOW)
    with pytest.raises(NotFound):
        make_provisioning_token(
            provider.records, provider.root(), "nowhere", "n" * 43, known={"corp"}, now=NOW
        )


def test_the_token_is_not_kept_and_its_use_is(provider: Provider) -> None:
    provider.ask("GET", "Users")
    with provider.records.read() as kept:
        tokens = {token.directory: token for token in kept.provisioning.tokens()}
    assert TOKEN not in repr(tokens)
    assert (tokens["corp"].last_used_at, tokens["other"].last_used_at) == (NOW, None)


@pytest.mark.parametrize(
    "asked",
    [
        'userName co "a"',
        'userName eq "a" or id eq "b"',
        'title eq "x"',
        "userName eq",
        'userName eq "a',
        'userName eq "a" and',
        'userName eq "a"and id eq "a"',
        'userName eq "\\ud800"',
        'userName eq "\\u0000"',
        "(" * 900,
        '((userName eq "a"))',
        " and ".join(['id eq "a"'] * 11),
        'id eq "' + "a" * 2000 + '"',
        '"' * 999,
    ],
)
def test_a_filter_that_is_not_understood_is_refused(provider: Provider, asked: str) -> None:
    refused(provider.ask("GET", "Users", filter=asked), 400, "invalidFilter")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b'{"userName": "a", "userName": "b"}', 400),
        (b'{"userName": "a", "USERNAME": "b"}', 400),
        (b"[" * 5000, 413),
        (b"x" * ((1 << 20) + 1), 413),
        ({}, 400),
        ({"userName": 1}, 400),
        ({"userName": "a b"}, 400),
        ({"userName": "a" * 65}, 400),
        ({"userName": "a", "active": "perhaps"}, 400),
        ({"userName": "a", "active": 1}, 400),
        ({"userName": "a", "name": []}, 400),
        ({"userName": "a", "emails": {}}, 400),
        ({"userName": "a", "emails": [1]}, 400),
        ({"userName": "a", "emails": [{}] * 21}, 400),
        ({"userName": "a", "displayName": "x" * 257}, 400),
        ({"userName": "a", "externalId": "\x00"}, 400),
    ],
)
def test_what_is_no_person_makes_nobody(provider: Provider, body: object, status: int) -> None:
    answer = provider.ask("POST", "Users", body)
    assert answer.status_code == status, answer.text
    assert answer.json()["schemas"] == [ERROR]
    assert names(provider.ask("GET", "Users")) == []


@pytest.mark.parametrize(
    ("operations", "kind"),
    [
        ([], "invalidSyntax"),
        ("x", "invalidSyntax"),
        ([1], "invalidSyntax"),
        ([{"op": "move", "path": "active"}], "invalidSyntax"),
        ([{"op": "remove"}], "noTarget"),
        ([{"op": "add", "value": "x"}], "invalidValue"),
        ([{"op": "add", "path": "a[", "value": "x"}], "invalidPath"),
        ([{"op": "add", "path": 'emails[type eq "x".value', "value": "x"}], "invalidPath"),
        ([{"op": "add", "path": "emails[type gt 1].value", "value": "x"}], "invalidFilter"),
        ([{"op": "add", "path": "[" * 400, "value": "x"}], "invalidPath"),
        ([{"op": "remove", "path": "active"}], "mutability"),
        ([{"op": "remove", "path": "userName"}], "mutability"),
        ([{"op": "replace", "path": "userName", "value": "ben"}], "mutability"),
        ([{"op": "replace", "path": "userName", "value": None}], "invalidValue"),
        ([{"op": "replace", "path": "active", "value": [True]}], "invalidValue"),
        ([{"op": "replace", "path": "active", "value": None}], "invalidValue"),
        ([{"op": "add", "path": "emails", "value": [{"value": "x"}] * 21}], "invalidValue"),
        ([{"op": "add", "path": "displayName", "value": "x"}] * 1001, "invalidSyntax"),
        ([{"op": "add", "value": {f"x{n}": 1 for n in range(1001)}}], "tooMany"),
    ],
)
def test_a_patch_that_cannot_be_done_changes_nothing(
    provider: Provider, operations: object, kind: str
) -> None:
    provider.ask("POST", "Users", ANN)
    before = provider.ask("GET", f"Users/{ANN_ID}").json()
    if isinstance(operations, list) and operations and len(operations) < 1000:
        operations = [{"op": "replace", "path": "displayName", "value": "changed"}, *operations]
    refused(provider.ask("PATCH", f"Users/{ANN_ID}", {"Operations": operations}), 400, kind)
    assert provider.ask("GET", f"Users/{ANN_ID}").json() == before


def test_what_providers_write_in_patches_is_understood(provider: Provider) -> None:
    provider.ask("POST", "Users", {"userName": ANN_ID})
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
    answer = provider.patch(
        f"Users/{ANN_ID}",
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "a@example.com"},
        {"op": "Replace", "path": 'emails[type eq "work"].primary', "value": "True"},
        {"op": "Add", "path": "emails", "value": [{"value": "b@example.com", "type": "home"}]},
        {"op": "Replace", "value": {"name.givenName": "Ann", enterprise: "x", "displayName": "A"}},
        {"op": "Add", "path": "name.familyName", "value": "Example"},
        {"op": "Add", "path": 'addresses[type eq "work"].country', "value": "CH"},
        {"op": "Remove", "path": "displayName"},
    )
    body = answer.json()
    assert body["name"] == {"givenName": "Ann", "familyName": "Example"}
    assert body["emails"] == [
        {"value": "a@example.com", "type": "work", "primary": True},
        {"value": "b@example.com", "type": "home", "primary": False},
    ]
    assert "displayName" not in body
    gone = provider.patch(f"Users/{ANN_ID}", {"op": "Remove", "path": 'emails[type eq "home"]'})
    assert [each["type"] for each in gone.json()["emails"]] == ["work"]


def test_the_service_says_what_it_can_do(provider: Provider) -> None:
    config = provider.ask("GET", "ServiceProviderConfig").json()
    assert (config["patch"]["supported"], config["bulk"]["supported"]) == (True, False)
    kinds = {each["id"]: each["schema"] for each in provider.ask("GET", "ResourceTypes").json()["Resources"]}
    assert "User" in kinds
    for schema in kinds.values():
        assert provider.ask("GET", f"Schemas/{schema}").json()["id"] == schema
    refused(provider.ask("GET", "Schemas/none"), 404)
    refused(provider.ask("GET", "Bulk"), 404)
    answer = provider.ask("DELETE", "Users")
    refused(answer, 405)
    assert answer.headers["Allow"] == "GET, POST"


def group_of(provider: Provider, name: str, *members: str, token: str = TOKEN) -> str:
    body = {"displayName": name, "members": [{"value": member} for member in members]}
    answer = provider.ask("POST", "Groups", body, token=token)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_groups_of_the_provider_are_groups_of_their_members(provider: Provider) -> None:
    for name in ("ann", "ben"):
        provider.ask("POST", "Users", {"userName": name})
    dev = group_of(provider, "dev", "ann")
    add = {"op": "Add", "path": "members", "value": [{"value": "ben"}]}
    assert len(provider.patch(f"Groups/{dev}", add).json()["members"]) == 2
    assert provider.user("ben").all_groups == ("dev",)
    provider.patch(f"Groups/{dev}", {"op": "replace", "value": {"id": dev, "displayName": "devs"}})
    assert provider.user("ann").all_groups == ("devs",)
    provider.patch(f"Groups/{dev}", {"op": "remove", "path": 'members[value eq "ann"]'})
    assert provider.user("ann").all_groups == ()
    provider.patch(f"Groups/{dev}", {"op": "Remove", "path": "members", "value": [{"value": "ben"}]})
    assert provider.user("ben").all_groups == ()
    body = {"displayName": "devs", "members": [{"value": "ann"}]}
    assert provider.ask("PUT", f"Groups/{dev}", body).json()["members"][0]["value"] == "ann"
    assert provider.user("ann").all_groups == ("devs",)
    assert provider.ask("DELETE", f"Groups/{dev}").status_code == 204
    assert provider.user("ann").all_groups == ()
    refused(provider.ask("GET", f"Groups/{dev}"), 404)
    assert {event.actor for event in events(provider.ports, "group.")} == {"directory:corp"}


def test_groups_are_found_with_or_without_their_members(provider: Provider) -> None:
    provider.ask("POST", "Users", {"userName": "ann"})
    dev = group_of(provider, "dev", "ann")
    group_of(provider, "ops")
    found = provider.ask("GET", "Groups", filter='displayName eq "DEV"').json()["Resources"]
    assert [(each["id"], len(each["members"])) for each in found] == [(dev, 1)]
    bare = provider.ask("GET", f"Groups/{dev}", excludedAttributes="members").json()
    assert "members" not in bare
    refused(provider.ask("GET", "Groups", filter='members eq "x"'), 400, "invalidFilter")


def test_only_groups_that_the_directories_file_names_count(provider: Provider) -> None:
    provider.ask("POST", "Users", {"userName": "ann"}, token=OTHER)
    group_of(provider, "theirs", "ann", token=OTHER)
    group_of(provider, "platform-admins", "ann", token=OTHER)
    assert (provider.user("ann").all_groups, provider.user("ann").admin) == (("ours",), False)


def test_groups_and_members_of_elsewhere_are_not_reached(provider: Provider) -> None:
    provider.ask("POST", "Users", {"userName": "ann"}, token=OTHER)
    theirs = group_of(provider, "theirs", "ann", token=OTHER)
    mine = group_of(provider, "theirs")  # a name is free in each directory
    for name in ("ann", "root", "local", "nobody", ""):
        body = {"displayName": "x", "members": [{"value": name}]}
        refused(provider.ask("POST", "Groups", body), 400, "invalidValue")
        refused(provider.ask("PUT", f"Groups/{mine}", body), 400, "invalidValue")
        add = {"op": "add", "path": "members", "value": [{"value": name}]}
        refused(provider.patch(f"Groups/{mine}", add), 400, "invalidValue")
    for method, sent in (("GET", None), ("PUT", {"displayName": "x"}), ("DELETE", None)):
        refused(provider.ask(method, f"Groups/{theirs}", sent), 404)
    refused(provider.patch(f"Groups/{theirs}", {"op": "remove", "path": "members"}), 404)
    assert provider.user("ann").all_groups == ("ours",)
    assert provider.ask("GET", "Groups").json()["totalResults"] == 1


def test_provisioned_groups_count_in_place_of_those_said_at_a_sign_in(provider: Provider) -> None:
    provider.ask("POST", "Users", {"userName": "ann"})
    dev = group_of(provider, "dev", "ann")
    said = DirectoryPerson("corp", "sub-1", "ann", ("root", "wheel"))
    for person in (said, DirectoryPerson("corp", "sub-2", "ben", ("wheel",))):
        with provider.records.write() as kept:
            assert isinstance(take_up_account(kept, person, NOW, newcomers=True), User)
    assert (provider.user("ann").all_groups, provider.user("ben").all_groups) == (("dev",), ())
    provider.ask("DELETE", f"Groups/{dev}")
    with provider.records.write() as kept:
        take_up_account(kept, said, NOW, newcomers=True)
    assert provider.user("ann").all_groups == ("root", "wheel")


def test_who_was_deleted_is_in_no_group_any_more(provider: Provider) -> None:
    provider.ask("POST", "Users", {"userName": "ann"})
    dev = group_of(provider, "dev", "ann")
    provider.ask("DELETE", "Users/ann")
    change_user(provider.records, provider.root(), "ann", UserChange(disabled=False), NOW)
    assert provider.user("ann").all_groups == ()
    assert provider.ask("GET", f"Groups/{dev}").json()["members"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"displayName": ""},
        {"displayName": "x" * 201},
        {"displayName": "a\x00"},
        {"displayName": 1},
        {"displayName": "a", "DISPLAYNAME": "b"},
        {"displayName": "a", "externalId": []},
        {"displayName": "a", "members": ["ann"]},
        {"displayName": "a", "members": [{"value": "ann", "type": "Group"}]},
        {"displayName": "a", "members": [{"value": {}}]},
        {"displayName": "a", "members": [{"value": str(n)} for n in range(5001)]},
        {"displayName": "DEV"},
    ],
)
def test_what_is_no_group_makes_none(provider: Provider, body: dict[str, Any]) -> None:
    group_of(provider, "dev")
    assert provider.ask("POST", "Groups", body).status_code in {400, 409}
    assert provider.ask("GET", "Groups").json()["totalResults"] == 1
