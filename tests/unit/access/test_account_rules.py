import pytest

from lading.access.account_rules import check_account_name, check_new_password
from lading.foundation.errors import Malformed


@pytest.mark.parametrize("name", ["a", "ann", "ann.b-c@example.org", "ci+deploy", "7"])
def test_a_plain_name_is_accepted(name: str) -> None:
    check_account_name(name)


@pytest.mark.parametrize(
    "name", ["", "Ann", "robot$x", "a b", ".a", "a.", "a/b", "a:b", "a\n", "ä", "x" * 65, "a*"]
)
def test_a_name_that_could_be_taken_for_something_else_is_refused(name: str) -> None:
    with pytest.raises(Malformed):
        check_account_name(name)


def test_a_long_password_of_any_characters_is_accepted() -> None:
    check_new_password("kettle ocean 7 violin", "ann")
    check_new_password("пароль из слов", "ann")


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 129,
        "aaaaaaaaaaaaaaaa",
        "123456789012",
        "QWERTYUIOPAS",
        "annette12345",
        "annetteannette1",
        "password1234",
        "P@ssw0rd12345",
        "iloveyou2024!",
        "1q2w3e4r5t6y",
        "welcome12345",
        "administrator",
        "passwordpassword",
        "abcabcabcabc",
        "ladingladinglading",
        "letmeinletmein",
    ],
)
def test_a_password_that_is_soon_guessed_is_refused(password: str) -> None:
    with pytest.raises(Malformed):
        check_new_password(password, "annette")
