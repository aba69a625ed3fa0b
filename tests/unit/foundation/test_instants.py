from datetime import UTC, datetime, timedelta, timezone

import pytest

from lading.foundation.instants import rfc3339


def test_an_instant_is_written_in_utc_whatever_its_zone() -> None:
    noon = datetime(2026, 1, 31, 12, 30, tzinfo=timezone(timedelta(hours=5)))
    assert rfc3339(noon) == "2026-01-31T07:30:00Z"
    assert rfc3339(datetime(2026, 1, 31, 7, 30, 0, 250, tzinfo=UTC)) == "2026-01-31T07:30:00.000250Z"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        rfc3339(datetime(2026, 1, 31))  # noqa: DTZ001 -- the very thing that is refused
