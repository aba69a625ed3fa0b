"""Who has left a directory is found, and everything they had ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lading.access.directory import GroupRules
from lading.access.personal_token import personal_token
from lading.adapters.directory_memory import MemoryDirectory, MemoryPerson
from lading.foundation.errors import Unauthenticated
from lading.ports.records.people import User
from lading.registry.caller import BoundRights, Caller
from lading.workflows.browser_sessions import find_session, open_session
from lading.workflows.personal_tokens import NewToken, create_token, prove_token
from lading.workflows.rights import load_bindings
from lading.workflows.sign_in import AccountPorts, SignInAccepted, SignInAttempt, sign_in
from lading.workflows.sync_directories import MANY, DirectoryLook, last_look, look_through
from lading.workflows.user_accounts import UserChange, change_user
from tests.support.accounts import account_ports, events
from tests.support.registry import ROOT

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
PASSWORD = "four words that rhyme"
TOKEN = personal_token("x" * 43)


@pytest.fixture
def directory() -> MemoryDirectory:
    rules = GroupRules(administrators=frozenset({"root"}))
    return MemoryDirectory("ad", [MemoryPerson("1", "ann", PASSWORD, ("dev",))], rules=rules)


@pytest.fixture
def ports(directory: MemoryDirectory) -> AccountPorts:
    ports = replace(account_ports(), directories=(directory,))
    with ports.records.write() as kept:
        kept.people.add_user(User("root", "x", NOW, admin=True))
    return ports


def comes(ports: AccountPorts, name: str) -> bool:
    outcome = sign_in(ports, SignInAttempt(name, PASSWORD, "192.0.2.1", "console"), NOW)
    return isinstance(outcome, SignInAccepted)


def look(ports: AccountPorts) -> DirectoryLook:
    look_through(ports.records, ports.directories, LATER)
    with ports.records.read() as kept:
        found = last_look(kept, "ad")
    assert found is not None
    return found


def user(ports: AccountPorts, name: str = "ann") -> User:
    with ports.records.read() as kept:
        found = kept.people.user(name)
    assert found is not None
    return found


def with_token_and_session(ports: AccountPorts) -> None:
    outcome = sign_in(ports, SignInAttempt("ann", PASSWORD, "192.0.2.1", "console"), NOW)
    assert isinstance(outcome, SignInAccepted)
    caller = Caller(outcome.principal, BoundRights(load_bindings(ports.records)))
    create_token(ports.records, caller, NewToken("laptop", TOKEN, NOW + timedelta(days=1)), NOW)
    open_session(ports.records, outcome.principal, "s" * 43, NOW)


def test_who_left_loses_sessions_and_tokens_for_good(ports: AccountPorts, directory: MemoryDirectory) -> None:
    with_token_and_session(ports)
    directory.people = []
    assert look(ports) == DirectoryLook("ad", "2026-03-01T12:05:00Z", asked=1, gone=1)
    assert user(ports).disabled
    assert find_session(ports.records, "s" * 43, LATER) is None
    event = events(ports, "person.disable")[0]
    assert (event.subject, event.details["directory"]) == ("person:ann", "ad")
    change_user(ports.records, ROOT, "ann", UserChange(disabled=False), LATER)
    with pytest.raises(Unauthenticated):
        prove_token(ports.records, SignInAttempt("ann", TOKEN, "192.0.2.1", "registry"), LATER)


def test_who_comes_back_stays_out_until_an_administrator_says_so(
    ports: AccountPorts, directory: MemoryDirectory
) -> None:
    comes(ports, "ann")
    before, directory.people = directory.people, []
    look(ports)
    directory.people = before
    assert look(ports).asked == 0
    assert not comes(ports, "ann")


def test_groups_and_administrators_follow_without_a_sign_in(
    ports: AccountPorts, directory: MemoryDirectory
) -> None:
    comes(ports, "ann")
    directory.people[0].groups = ("ops", "root")
    assert look(ports).changed == 1
    assert (user(ports).all_groups, user(ports).admin) == (("ops", "root"), True)
    assert look(ports).changed == 0


def test_a_directory_that_is_away_says_nothing_about_anybody(
    ports: AccountPorts, directory: MemoryDirectory
) -> None:
    with_token_and_session(ports)
    directory.away = True
    assert "does not answer" in look(ports).problem
    assert not user(ports).disabled
    assert find_session(ports.records, "s" * 43, LATER) is not None


def test_a_directory_that_was_emptied_takes_nobody_along(
    ports: AccountPorts, directory: MemoryDirectory
) -> None:
    directory.people = [MemoryPerson(str(number), f"p{number}", PASSWORD) for number in range(MANY + 2)]
    assert all(comes(ports, person.name) for person in directory.people)
    before, directory.people = directory.people, []
    assert "is it still the same directory?" in look(ports).problem
    assert not user(ports, "p1").disabled
    directory.people = before[1:]
    assert look(ports).gone == 1


def test_the_last_administrator_stays_and_it_is_told(ports: AccountPorts, directory: MemoryDirectory) -> None:
    directory.people[0].groups = ("root",)
    comes(ports, "ann")
    change_user(ports.records, ROOT, "root", UserChange(admin=False), NOW)
    directory.people = []
    assert look(ports) == DirectoryLook(
        "ad",
        "2026-03-01T12:05:00Z",
        asked=1,
        problem="ann is not there any more, and stays as the last administrator",
    )
    assert not user(ports).disabled


def test_local_accounts_and_those_of_other_directories_are_not_looked_for(ports: AccountPorts) -> None:
    with ports.records.write() as kept:
        kept.people.add_user(User("eve", "", NOW, directory="corp", directory_id="1"))
        kept.people.add_user(User("new", "", NOW, directory="ad"))  # made ahead, never signed in
    assert look(ports).asked == 0
    assert not user(ports, "eve").disabled
