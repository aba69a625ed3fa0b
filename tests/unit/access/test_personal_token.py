import random
from datetime import timedelta

import pytest

from lading.access.account_rules import check_new_password
from lading.access.personal_token import (
    check_expiry,
    check_token_name,
    is_personal_token,
    personal_token,
    token_digest,
)
from lading.cataloging.secrets.checks import has_crc_of_github
from lading.foundation.errors import Malformed
from tests.support.registry import NOON


def test_a_token_has_its_prefix_only_letters_and_digits_and_a_checksum() -> None:
    chance = random.Random(7)
    for _ in range(200):
        token = personal_token(f"{chance.getrandbits(256):064x}")
        assert token.startswith("ldp_")
        assert len(token) == 4 + 43 + 6
        assert token[4:].isalnum()
        assert has_crc_of_github(token.encode())
        assert is_personal_token(token)


def test_a_typing_error_breaks_the_checksum() -> None:
    token = personal_token("x" * 43)
    assert not has_crc_of_github(token.replace(token[9], "0" if token[9] != "0" else "1", 1).encode())


def test_a_token_of_too_little_chance_is_never_made() -> None:
    with pytest.raises(ValueError, match="random"):
        personal_token("short")


def test_what_is_kept_says_nothing_of_the_token() -> None:
    token = personal_token("x" * 43)
    assert token_digest(token) != token_digest(personal_token("y" * 43))
    assert token[4:20] not in token_digest(token)
    assert len(token_digest("\udcff" * 100_000)) == 64  # whatever somebody sends


@pytest.mark.parametrize("name", ["", " ", " laptop", "a\nb", "x" * 65, "\x1b[31m"])
def test_names_that_cannot_be_told_apart_are_refused(name: str) -> None:
    with pytest.raises(Malformed):
        check_token_name(name)


def test_a_token_ends_after_now_and_within_what_is_allowed() -> None:
    longest = timedelta(days=90)
    check_expiry(NOON + longest, NOON, longest)
    for wrong in (NOON, NOON - longest, NOON + longest + timedelta(seconds=1)):
        with pytest.raises(Malformed):
            check_expiry(wrong, NOON, longest)


def test_no_password_can_look_like_a_token() -> None:
    with pytest.raises(Malformed) as refused:
        check_new_password("ldp_kettle ocean violin", "ann")
    assert refused.value.code == "password-like-token"
