"""Disabling a person ends everything they had on every server of an installation, within a minute."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from lading.access.principal import Principal, PrincipalKind
from lading.ports.records.people import RoleBinding, User
from lading.registry.caller import BoundRights, Caller
from lading.workflows.user_accounts import UserChange, change_user
from tests.support.accounts import QUICK
from tests.support.distribution import Registry, disk_registry

PASSWORD = "four words that rhyme"
WHERE = "/v2/team/app/tags/list"


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Registry, Registry]]:
    one, two = disk_registry(tmp_path), disk_registry(tmp_path)
    with one.records.write() as kept:
        kept.people.add_user(User("ann", QUICK.encode(PASSWORD), datetime.now(UTC)))
        kept.people.bind(RoleBinding("person:ann", "maintainer", "team/**"))
    yield one, two
    one.close()
    two.close()


def status(server: Registry, login: tuple[str, str] | None = None, bearer: str = "") -> int:
    async def ask() -> httpx.Response:
        async with server.client(login) as http:
            headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
            return await http.get(WHERE, headers=headers)

    return asyncio.run(ask()).status_code


def token(server: Registry) -> str:
    async def ask() -> httpx.Response:
        async with server.client(("ann", PASSWORD)) as http:
            return await http.get("/v2/token", params={"scope": "repository:team/app:pull"})

    return str(asyncio.run(ask()).json()["token"])


def test_everything_ends_on_every_server_within_a_minute(servers: tuple[Registry, Registry]) -> None:
    personal = servers[0].personal_token("ann")
    bearers = [token(server) for server in servers]
    for server, bearer in zip(servers, bearers, strict=True):  # also warms what each server remembers
        assert status(server, bearer=bearer) == 404
        assert status(server, ("ann", PASSWORD)) == 404
        assert status(server, ("ann", personal)) == 404
    root = Caller(Principal(PrincipalKind.PERSON, "root", admin=True), BoundRights(servers[0].bindings()))
    change_user(servers[0].records, root, "ann", UserChange(disabled=True), datetime.now(UTC))
    for server, bearer in zip(servers, bearers, strict=True):
        assert status(server, ("ann", personal)) == 401, "at once"
        server.ahead = timedelta(seconds=60)
        assert status(server, bearer=bearer) == 401
        assert status(server, ("ann", PASSWORD)) == 401
        assert status(server, bearer=personal) == 401


def test_a_person_who_was_enabled_again_has_their_password_and_none_of_their_tokens(
    servers: tuple[Registry, Registry],
) -> None:
    one, two = servers
    personal = one.personal_token("ann")
    with one.records.write() as kept:
        root = User("root", "x", datetime.now(UTC), admin=True)
        kept.people.add_user(replace(root))
    caller = Caller(Principal(PrincipalKind.PERSON, "root", admin=True), BoundRights(one.bindings()))
    for disabled in (True, False):
        change_user(one.records, caller, "ann", UserChange(disabled=disabled), datetime.now(UTC))
    assert status(two, ("ann", PASSWORD)) == 404
    assert status(two, ("ann", personal)) == 401
