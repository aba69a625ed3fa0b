"""Signing in with a password that a directory knows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lading.access.directory import GroupRules
from lading.access.personal_token import personal_token
from lading.access.principal import Principal, PrincipalKind
from lading.adapters.directory_memory import MemoryDirectory, MemoryPerson
from lading.foundation.errors import Conflict, Upstream
from lading.ports.records.people import User
from lading.registry.caller import BoundRights, Caller
from lading.workflows.browser_sessions import find_session, open_session
from lading.workflows.personal_tokens import NewToken, create_token, prove_or_raise
from lading.workflows.rights import load_bindings
from lading.workflows.sign_in import (
    AccountPorts,
    RefusalReason,
    SignInAccepted,
    SignInAttempt,
    SignInOutcome,
    SignInRefusal,
    sign_in,
)
from lading.workflows.user_accounts import reset_password
from tests.support.accounts import QUICK, account_ports, events

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PASSWORD = "four words that rhyme"


@pytest.fixture
def directory() -> MemoryDirectory:
    rules = GroupRules({"grp-dev": "dev"})
    return MemoryDirectory("ad", [MemoryPerson("1", "ann", PASSWORD, ("grp-dev", "grp-all"))], rules=rules)


@pytest.fixture
def ports(directory: MemoryDirectory) -> AccountPorts:
    return replace(account_ports(), directories=(directory,))


def attempt(name: str, password: str = PASSWORD) -> SignInAttempt:
    return SignInAttempt(name, password, "192.0.2.1", "registry")


def come(ports: AccountPorts, name: str, password: str = PASSWORD) -> SignInOutcome:
    return sign_in(ports, attempt(name, password), NOW)


def reason(outcome: SignInOutcome) -> RefusalReason:
    assert isinstance(outcome, SignInRefusal)
    return outcome.reason


def user(ports: AccountPorts, name: str) -> User | None:
    with ports.records.read() as kept:
        return kept.people.user(name)


def test_the_first_sign_in_makes_the_account_with_the_groups_of_the_directory(ports: AccountPorts) -> None:
    outcome = come(ports, "Ann")
    assert isinstance(outcome, SignInAccepted)
    assert outcome.principal == Principal(PrincipalKind.PERSON, "ann", groups=("dev",))
    ann = user(ports, "ann")
    assert ann is not None
    assert (ann.directory, ann.directory_id, ann.password_hash) == ("ad", "1", "")
    assert [event.action for event in events(ports)] == ["person.create", "sign-in.succeed"]


def test_groups_follow_the_directory_and_those_given_here_stay(
    ports: AccountPorts, directory: MemoryDirectory
) -> None:
    come(ports, "ann")
    with ports.records.write() as kept:
        ann = kept.people.user("ann")
        assert ann is not None
        kept.people.change_user(replace(ann, groups=("ops",)))
    directory.people[0].groups = ()
    outcome = come(ports, "ann")
    assert isinstance(outcome, SignInAccepted)
    assert outcome.principal.groups == ("ops",)


def test_a_wrong_password_and_an_unknown_name_are_counted_like_everywhere(ports: AccountPorts) -> None:
    assert reason(come(ports, "ann", "wrong")) is RefusalReason.PASSWORD
    assert reason(come(ports, "nobody")) is RefusalReason.UNKNOWN
    for _ in range(5):
        come(ports, "ann", "wrong")
    assert reason(come(ports, "ann")) is RefusalReason.WAITING


def test_a_local_account_is_never_asked_for_elsewhere(
    ports: AccountPorts, directory: MemoryDirectory
) -> None:
    with ports.records.write() as kept:
        kept.people.add_user(User("ann", QUICK.encode("her local password"), NOW))
    assert reason(come(ports, "ann")) is RefusalReason.PASSWORD, "the directory's ann is somebody else"
    directory.away = True
    assert isinstance(come(ports, "ann", "her local password"), SignInAccepted)


def test_an_account_of_one_directory_is_not_opened_by_another(ports: AccountPorts) -> None:
    come(ports, "ann")
    evil = MemoryDirectory("evil", [MemoryPerson("1", "ann", "the evil one's")])
    both = replace(ports, directories=(evil, *ports.directories))
    assert reason(come(both, "ann", "the evil one's")) is RefusalReason.PASSWORD
    assert isinstance(come(both, "ann"), SignInAccepted)
    alone = replace(ports, directories=(evil,))
    assert reason(come(alone, "ann", "the evil one's")) is RefusalReason.UNKNOWN


def test_somebody_else_who_was_given_the_name_does_not_get_the_account(
    ports: AccountPorts, directory: MemoryDirectory
) -> None:
    come(ports, "ann")
    directory.people = [MemoryPerson("2", "ann", PASSWORD)]
    assert reason(come(ports, "ann")) is RefusalReason.DIRECTORY


def test_a_disabled_account_stays_disabled(ports: AccountPorts) -> None:
    come(ports, "ann")
    with ports.records.write() as kept:
        ann = kept.people.user("ann")
        assert ann is not None
        kept.people.change_user(replace(ann, disabled=True))
    assert reason(come(ports, "ann")) is RefusalReason.DIRECTORY


def test_a_directory_that_is_away_is_nobodys_failure_and_stops_only_its_passwords(
    ports: AccountPorts, directory: MemoryDirectory
) -> None:
    outcome = come(ports, "ann")
    assert isinstance(outcome, SignInAccepted)
    caller = Caller(outcome.principal, BoundRights(load_bindings(ports.records)))
    token = personal_token("x" * 43)
    create_token(ports.records, caller, NewToken("laptop", token, NOW + timedelta(days=1)), NOW)
    open_session(ports.records, outcome.principal, "s" * 43, NOW)
    directory.away = True
    before = len(events(ports))
    for _ in range(10):
        with pytest.raises(Upstream):
            come(ports, "ann")
    assert len(events(ports)) == before, "nothing is counted"
    assert find_session(ports.records, "s" * 43, NOW) is not None
    assert prove_or_raise(ports, attempt("ann", token), NOW).name == "ann"
    directory.away = False
    assert isinstance(come(ports, "ann"), SignInAccepted)


def test_a_password_of_a_directory_is_not_changed_here(ports: AccountPorts) -> None:
    come(ports, "ann")
    root = Caller(
        Principal(PrincipalKind.PERSON, "root", admin=True), BoundRights(load_bindings(ports.records))
    )
    with pytest.raises(Conflict) as refused:
        reset_password(ports, root, "ann", "five other words to know", NOW)
    assert refused.value.code == "password-elsewhere"


def test_a_robots_name_is_never_asked_for_in_a_directory(
    ports: AccountPorts, directory: MemoryDirectory
) -> None:
    directory.people.append(MemoryPerson("9", "robot$ci", PASSWORD))
    assert reason(come(ports, "robot$ci")) is RefusalReason.UNKNOWN
    directory.away = True
    assert reason(come(ports, "robot$ci")) is RefusalReason.UNKNOWN
