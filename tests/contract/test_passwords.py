import statistics
import time

import pytest

from lading.adapters.passwords_argon2 import ITERATIONS, MEMORY_KIB, Argon2Passwords
from lading.ports.passwords import PasswordCheck, Passwords


@pytest.fixture(params=[pytest.param(lambda: Argon2Passwords(memory_kib=64, iterations=1), id="argon2")])
def passwords(request: pytest.FixtureRequest) -> Passwords:
    adapter: Passwords = request.param()
    return adapter


def test_the_right_password_matches_and_another_does_not(passwords: Passwords) -> None:
    encoded = passwords.encode("kettle ocean violin")
    assert passwords.verify("kettle ocean violin", encoded) == PasswordCheck(matches=True)
    assert not passwords.verify("kettle ocean viola", encoded).matches
    assert not passwords.verify("", encoded).matches


def test_what_is_stored_neither_repeats_nor_holds_the_password(passwords: Passwords) -> None:
    first, second = passwords.encode("kettle ocean violin"), passwords.encode("kettle ocean violin")
    assert first != second
    assert "kettle" not in first


def test_nobody_has_a_password(passwords: Passwords) -> None:
    assert passwords.verify("\0nobody", None) == PasswordCheck(matches=False)


def test_the_same_characters_typed_as_other_code_points_match(passwords: Passwords) -> None:
    assert passwords.verify("cafe\u0301 ocean violin", passwords.encode("caf\u00e9 ocean violin")).matches


@pytest.mark.parametrize("encoded", ["", "x", "$argon2id$", "$argon2id$v=19$m=64,t=1,p=1$AA$AA", "é"])
def test_damaged_records_match_nothing(passwords: Passwords, encoded: str) -> None:
    assert not passwords.verify("kettle", encoded).matches


@pytest.mark.parametrize("password", ["x" * 2_000_000, "\ud800"])
def test_absurd_passwords_match_nothing(passwords: Passwords, password: str) -> None:
    assert not passwords.verify(password, passwords.encode("kettle ocean violin")).matches


def test_a_password_stored_with_other_parameters_matches_and_asks_to_be_stored_anew() -> None:
    encoded = Argon2Passwords(memory_kib=32, iterations=1).encode("kettle ocean violin")
    current = Argon2Passwords(memory_kib=64, iterations=1)
    assert current.verify("kettle ocean violin", encoded) == PasswordCheck(matches=True, outdated=True)


def test_the_parameters_are_at_least_what_owasp_asks() -> None:
    encoded = Argon2Passwords().encode("kettle ocean violin")
    assert encoded.startswith(f"$argon2id$v=19$m={MEMORY_KIB},t={ITERATIONS},p=1$")
    assert (MEMORY_KIB, ITERATIONS) >= (19 * 1024, 2)


def test_an_unknown_name_takes_as_long_as_a_wrong_password() -> None:
    passwords = Argon2Passwords()
    encoded = passwords.encode("kettle ocean violin")

    def median_seconds(stored: str | None) -> float:
        times = []
        for _ in range(5):
            started = time.perf_counter()
            passwords.verify("wrong", stored)
            times.append(time.perf_counter() - started)
        return statistics.median(times)

    # Without the work for nobody the ratio is in the thousands; the bound leaves room for a busy machine.
    assert 0.2 < median_seconds(None) / median_seconds(encoded) < 5
