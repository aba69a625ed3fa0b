from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lading.access.principal import Principal, PrincipalKind
from lading.adapters.passwords_argon2 import Argon2Passwords
from lading.foundation.errors import OverLimit, Unauthenticated
from lading.ports.records.people import RobotAccount, User
from lading.workflows.sign_in import (
    AccountPorts,
    RefusalReason,
    SignInAccepted,
    SignInAttempt,
    SignInOutcome,
    SignInRefusal,
    sign_in,
    sign_in_or_raise,
)
from tests.support.accounts import QUICK, account_ports, events
from tests.support.registry import NOON

PASSWORD = "kettle ocean violin"
SECRET = "s" * 43
ANN = User("ann", QUICK.encode(PASSWORD), NOON, groups=("payments",), must_change=True)
CI = RobotAccount("ci", QUICK.encode(SECRET), (), NOON, "person:root", expires_at=NOON + timedelta(days=1))


@pytest.fixture
def ports() -> AccountPorts:
    made = account_ports()
    with made.records.write() as kept:
        kept.people.add_user(ANN)
        kept.people.add_robot(CI)
    return made


def attempt(
    ports: AccountPorts,
    name: str = "ann",
    password: str = PASSWORD,
    *,
    address: str = "192.0.2.7",
    now: datetime = NOON,
) -> SignInOutcome:
    return sign_in(ports, SignInAttempt(name, password, address, "registry", "r1"), now)


def reason(outcome: SignInOutcome) -> RefusalReason:
    assert isinstance(outcome, SignInRefusal)
    return outcome.reason


def test_a_person_is_signed_in_with_their_groups(ports: AccountPorts) -> None:
    ann = Principal(PrincipalKind.PERSON, "ann", groups=("payments",))
    assert attempt(ports) == SignInAccepted(ann, must_change=True)
    (event,) = events(ports)
    assert (event.actor, event.action, event.subject, event.outcome, event.request_id) == (
        "person:ann", "sign-in.succeed", "registry", "done", "r1",
    )  # fmt: skip
    assert event.details == {"address": "192.0.2.7"}


def test_a_robot_is_signed_in_under_its_prefix_and_its_use_remembered(ports: AccountPorts) -> None:
    assert attempt(ports, "robot$ci", SECRET) == SignInAccepted(Principal(PrincipalKind.ROBOT, "ci"))
    with ports.records.read() as kept:
        robot = kept.people.robot("ci")
    assert robot is not None
    assert robot.last_used_at == NOON


def test_a_robot_without_its_prefix_and_a_person_with_it_are_unknown(ports: AccountPorts) -> None:
    assert reason(attempt(ports, "ci", SECRET)) is RefusalReason.UNKNOWN
    assert reason(attempt(ports, "robot$ann")) is RefusalReason.UNKNOWN


def test_a_wrong_password_is_refused_and_audited_without_the_password(ports: AccountPorts) -> None:
    assert reason(attempt(ports, password="guess-guess-guess")) is RefusalReason.PASSWORD
    (event,) = events(ports)
    assert (event.actor, event.action, event.outcome) == ("person:ann", "sign-in.fail", "failed")
    assert event.details["reason"] == "wrong-password"
    assert "guess" not in str(event)


def test_a_password_typed_as_the_name_is_not_kept(ports: AccountPorts) -> None:
    attempt(ports, name="Kettle Ocean Violin!", password="")
    (event,) = events(ports)
    assert "Kettle" not in str(event)
    assert event.actor == "person:?"


def test_attempts_do_not_show_their_password() -> None:
    assert PASSWORD not in repr(SignInAttempt("ann", PASSWORD, "192.0.2.7", "registry"))


def test_a_disabled_person_or_robot_is_refused_with_the_right_password(ports: AccountPorts) -> None:
    with ports.records.write() as kept:
        kept.people.change_user(replace(ANN, disabled=True))
        kept.people.change_robot(replace(CI, disabled=True))
    assert reason(attempt(ports)) is RefusalReason.DISABLED
    assert reason(attempt(ports, "robot$ci", SECRET)) is RefusalReason.DISABLED


def test_a_robot_ends_at_its_expiry(ports: AccountPorts) -> None:
    assert CI.expires_at is not None
    just_before = CI.expires_at - timedelta(seconds=1)
    assert isinstance(attempt(ports, "robot$ci", SECRET, now=just_before), SignInAccepted)
    assert reason(attempt(ports, "robot$ci", SECRET, now=CI.expires_at)) is RefusalReason.EXPIRED


def test_whoever_asks_cannot_tell_why_they_were_refused(ports: AccountPorts) -> None:
    said = set()
    with ports.records.write() as kept:
        kept.people.change_robot(replace(CI, disabled=True))
    for name, password in (("nobody", "x"), ("ann", "x"), ("robot$ci", SECRET)):
        with pytest.raises(Unauthenticated) as caught:
            sign_in_or_raise(ports, SignInAttempt(name, password, "192.0.2.7", "registry"), NOON)
        said.add((caught.value.code, str(caught.value)))
    assert len(said) == 1


def test_guessing_is_made_to_wait_and_then_not_even_compared_or_written(ports: AccountPorts) -> None:
    for _ in range(5):
        assert reason(attempt(ports, password="wrong")) is RefusalReason.PASSWORD
    written = len(events(ports))
    waiting = attempt(ports)
    assert waiting == SignInRefusal(RefusalReason.WAITING, NOON + timedelta(seconds=5))
    assert len(events(ports)) == written
    with pytest.raises(OverLimit) as caught:
        sign_in_or_raise(ports, SignInAttempt("ann", PASSWORD, "192.0.2.7", "registry"), NOON)
    assert caught.value.details["retry_after"] == 5


def test_after_the_wait_the_right_password_works_and_clears_the_count(ports: AccountPorts) -> None:
    for _ in range(5):
        attempt(ports, password="wrong")
    later = NOON + timedelta(seconds=5)
    assert isinstance(attempt(ports, now=later), SignInAccepted)
    for _ in range(4):
        assert reason(attempt(ports, password="wrong", now=later)) is RefusalReason.PASSWORD
    assert isinstance(attempt(ports, now=later), SignInAccepted)


def test_who_guesses_from_one_address_does_not_lock_the_owner_out_elsewhere(ports: AccountPorts) -> None:
    for _ in range(5):
        attempt(ports, password="wrong", address="198.51.100.9")
    assert reason(attempt(ports, address="198.51.100.9")) is RefusalReason.WAITING
    assert isinstance(attempt(ports), SignInAccepted)


def test_many_addresses_that_guess_one_name_are_made_to_wait(ports: AccountPorts) -> None:
    for number in range(20):
        attempt(ports, password="wrong", address=f"198.51.100.{number}")
    assert reason(attempt(ports, address="203.0.113.1")) is RefusalReason.WAITING


def test_one_address_that_tries_many_names_is_made_to_wait(ports: AccountPorts) -> None:
    for number in range(30):
        attempt(ports, name=f"user{number}", password="wrong")
    assert reason(attempt(ports)) is RefusalReason.WAITING
    assert isinstance(attempt(ports, address="203.0.113.1"), SignInAccepted)


def test_failures_of_long_ago_do_not_count(ports: AccountPorts) -> None:
    for _ in range(4):
        attempt(ports, password="wrong")
    later = NOON + timedelta(hours=2)
    assert attempt(ports, password="wrong", now=later) == SignInRefusal(RefusalReason.PASSWORD, None)


def test_a_success_of_ones_own_does_not_clear_the_count_of_ones_address(ports: AccountPorts) -> None:
    for number in range(29):
        attempt(ports, name=f"user{number}", password="wrong")
    assert isinstance(attempt(ports), SignInAccepted)
    attempt(ports, name="one-more", password="wrong")
    assert reason(attempt(ports)) is RefusalReason.WAITING


def test_a_password_with_old_parameters_is_stored_anew(ports: AccountPorts) -> None:
    stronger = AccountPorts(ports.records, Argon2Passwords(memory_kib=128, iterations=1))
    assert isinstance(attempt(stronger), SignInAccepted)
    assert isinstance(attempt(stronger, "robot$ci", SECRET), SignInAccepted)
    with ports.records.read() as kept:
        user, robot = kept.people.user("ann"), kept.people.robot("ci")
    assert user is not None
    assert robot is not None
    assert "m=128" in user.password_hash
    assert "m=128" in robot.secret_hash
    assert robot.last_used_at == NOON
    assert isinstance(attempt(stronger), SignInAccepted)


@pytest.mark.parametrize("name", ["", "robot$", "robot$robot$ci", "\0", "a" * 100_000, "ann\n"])
def test_absurd_names_are_refused_like_any_other(ports: AccountPorts, name: str) -> None:
    assert reason(attempt(ports, name=name)) is RefusalReason.UNKNOWN
