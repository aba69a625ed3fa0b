from datetime import UTC, datetime, timedelta

from lading.access.lockout import (
    ADDRESS,
    LONGEST_WAIT,
    NAME,
    NAME_AND_ADDRESS,
    failure_keys,
    is_forgotten,
    locked_until,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_first_few_failures_cost_no_waiting() -> None:
    assert locked_until(NAME_AND_ADDRESS, 4, NOON, NOON) is None


def test_each_further_failure_doubles_the_wait_up_to_the_longest() -> None:
    assert locked_until(NAME_AND_ADDRESS, 5, NOON, NOON) == NOON + timedelta(seconds=5)
    assert locked_until(NAME_AND_ADDRESS, 7, NOON, NOON) == NOON + timedelta(seconds=20)
    assert locked_until(NAME_AND_ADDRESS, 10**9, NOON, NOON) == NOON + LONGEST_WAIT


def test_a_wait_ends() -> None:
    assert locked_until(NAME_AND_ADDRESS, 5, NOON, NOON + timedelta(seconds=5)) is None


def test_guessing_one_account_from_one_address_is_far_below_a_hundred_an_hour() -> None:
    now, failures = NOON, 0
    while now < NOON + timedelta(hours=1):
        failures += 1
        now = locked_until(NAME_AND_ADDRESS, failures, now, now) or now
    assert failures <= 20


def test_guessing_one_account_from_everywhere_stays_below_a_hundred_an_hour() -> None:
    now, failures = NOON, 0
    while now < NOON + timedelta(hours=1):
        failures += 1
        now = locked_until(NAME, failures, now, now) or now
    assert failures <= 100


def test_the_pair_is_counted_first_and_an_address_apart_from_names() -> None:
    assert failure_keys("ann", "192.0.2.7") == (
        ("pair:ann 192.0.2.7", NAME_AND_ADDRESS),
        ("name:ann", NAME),
        ("address:192.0.2.7", ADDRESS),
    )


def test_an_hour_without_failures_starts_the_count_anew() -> None:
    assert not is_forgotten(NOON, NOON + timedelta(hours=1))
    assert is_forgotten(NOON, NOON + timedelta(hours=1, seconds=1))


def test_a_failure_ahead_of_our_clock_makes_nobody_wait_for_that_alone() -> None:
    assert locked_until(NAME_AND_ADDRESS, 1, NOON + timedelta(seconds=40), NOON) is None
