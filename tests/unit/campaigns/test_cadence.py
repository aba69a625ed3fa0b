"""How old an image is, and how old it may be."""

from datetime import UTC, datetime, timedelta

import pytest

from lading.access.repository_pattern import RepositoryPattern
from lading.campaigns.cadence import Age, age_of, limit_of, oldest, parse_limits, since_of
from lading.foundation.errors import Malformed
from lading.oci.digest import Digest

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BASE, OWN, TOP = (Digest.of(text) for text in (b"base", b"own", b"top"))
EMPTY = Digest.parse("sha256:4f4fb700ef54461cfa02571ae0db9a0dc1e0cdb5577484a6d75e68dc38e8acc1")
SEEN = {
    BASE: NOW - timedelta(days=90),
    OWN: NOW - timedelta(days=40),
    TOP: NOW - timedelta(days=1),
    EMPTY: NOW - timedelta(days=400),
}


def test_the_most_specific_pattern_says_the_limit_and_without_one_there_is_none() -> None:
    limits = parse_limits({"team/**": "30", "team/app": "7"})
    assert [limit_of(name, limits) for name in ("team/app", "team/other", "elsewhere")] == [7, 30, None]


@pytest.mark.parametrize("days", ["0", "-1", "3651", "1.5", "", "30 days", "\u0663", "9" * 5000])
def test_what_is_no_number_of_days_is_refused(days: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_limits({"team/**": days})
    assert refused.value.code == "max-age-invalid"


def test_bad_patterns_and_too_many_of_them_are_refused() -> None:
    with pytest.raises(Malformed):
        parse_limits({"TEAM/a**": "3"})
    with pytest.raises(Malformed):
        parse_limits({f"team/{number}": "3" for number in range(1001)})
    assert parse_limits({"**": "3650"}) == {RepositoryPattern.parse("**"): 3650}


def test_one_more_layer_on_top_renews_nothing_and_the_base_does_not_count() -> None:
    assert since_of([BASE, OWN, TOP], 1, SEEN) == SEEN[OWN]
    assert since_of([BASE, TOP], 1, SEEN) == SEEN[TOP]


def test_layers_without_a_file_are_left_out() -> None:
    assert since_of([BASE, EMPTY, TOP], 1, SEEN) == SEEN[TOP]


def test_an_image_that_adds_nothing_to_its_base_is_as_old_as_all_of_it() -> None:
    assert since_of([BASE], 1, SEEN) == SEEN[BASE]
    assert since_of([BASE, EMPTY], 1, SEEN) == SEEN[EMPTY]


def test_a_layer_that_was_never_seen_makes_the_age_unknown() -> None:
    assert since_of([BASE, Digest.of(b"foreign"), TOP], 1, SEEN) is None
    assert since_of([], 0, SEEN) is None
    assert oldest([NOW, None]) is None


def test_unknown_ages_and_those_of_the_future_are_never_called_fresh() -> None:
    assert age_of(None, 30, NOW) is Age.UNKNOWN
    assert age_of(NOW + timedelta(seconds=1), 30, NOW) is Age.UNKNOWN


def test_an_image_is_overdue_only_after_its_last_day() -> None:
    since = NOW - timedelta(days=30)
    assert age_of(since, 30, NOW) is Age.FRESH
    assert age_of(since, 30, NOW + timedelta(seconds=1)) is Age.OVERDUE
