"""Codes of authenticators, by the vectors of the RFCs, and what is not taken for one."""

from datetime import UTC, datetime, timedelta

import pytest

from lading.access.second_factor import (
    STEP,
    FactorRule,
    SecondFactor,
    code_of,
    digests_of,
    provisioning_uri,
    recovery_codes,
    take_code,
    take_recovery,
)

SECRET = b"12345678901234567890"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FACTOR = SecondFactor("ann", "sealed", NOW, confirmed=True)


def code_at(moment: datetime) -> str:
    return code_of(SECRET, int(moment.timestamp()) // STEP)


@pytest.mark.parametrize(
    ("counter", "code"),
    list(
        enumerate(
            [
                "755224",
                "287082",
                "359152",
                "969429",
                "338314",
                "254676",
                "287922",
                "162583",
                "399871",
                "520489",
            ]
        )
    ),
)
def test_the_vectors_of_rfc_4226_hold(counter: int, code: str) -> None:
    assert code_of(SECRET, counter) == code


@pytest.mark.parametrize(
    ("seconds", "code"),  # the last six of the eight digits of RFC 6238, appendix B
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_vectors_of_rfc_6238_hold(seconds: int, code: str) -> None:
    assert code_at(datetime.fromtimestamp(seconds, UTC)) == code


def test_the_codes_before_and_after_count_and_no_others() -> None:
    for steps, good in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        code = code_at(NOW + timedelta(seconds=STEP * steps))
        assert (take_code(FACTOR, SECRET, code, NOW) is not None) is good


def test_a_code_is_taken_once_and_so_is_every_one_before_it() -> None:
    after = take_code(FACTOR, SECRET, code_at(NOW), NOW)
    assert after is not None
    assert take_code(after, SECRET, code_at(NOW), NOW) is None
    assert take_code(after, SECRET, code_at(NOW - timedelta(seconds=STEP)), NOW) is None
    assert take_code(after, SECRET, code_at(NOW + timedelta(seconds=STEP)), NOW) is not None


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "-12345", "1" * 5000]
)
def test_what_is_no_code_is_not_good(typed: str) -> None:
    assert take_code(FACTOR, SECRET, typed, NOW) is None


def test_people_may_type_a_space_in_the_middle() -> None:
    code = code_at(NOW)
    assert take_code(FACTOR, SECRET, f"{code[:3]} {code[3:]}", NOW) is not None


def test_a_recovery_code_is_good_once_however_it_is_typed() -> None:
    codes = recovery_codes(bytes(range(100)))
    assert len(codes) == 10
    assert len(set(codes)) == 10
    factor = SecondFactor("ann", "sealed", NOW, confirmed=True, recovery=digests_of(codes))
    assert not set(codes) & set(factor.recovery), "only digests are kept"
    after = take_recovery(factor, codes[3].upper().replace("-", " "))
    assert after is not None
    assert len(after.recovery) == 9
    assert take_recovery(after, codes[3]) is None
    assert take_recovery(after, "") is None
    assert take_recovery(after, after.recovery[0]) is None, "a stolen digest is no code"


def test_the_picture_holds_what_authenticators_read() -> None:
    uri = provisioning_uri(SECRET, "ann@example.com", "registry.example.com:7780")
    assert uri == (
        "otpauth://totp/registry.example.com%3A7780:ann%40example.com"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=registry.example.com%3A7780"
    )


def test_who_must_have_one_is_by_rule() -> None:
    demanded = {rule: (rule.demands(admin=True), rule.demands(admin=False)) for rule in FactorRule}
    assert demanded == {
        FactorRule.NOBODY: (False, False),
        FactorRule.ADMINISTRATORS: (True, False),
        FactorRule.EVERYBODY: (True, True),
    }
