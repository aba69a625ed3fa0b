"""Second factors, over every adapter."""

from dataclasses import replace
from datetime import UTC, datetime

from lading.access.second_factor import SecondFactor
from lading.adapters.sql.engine import SqlRecords

FACTOR = SecondFactor("ann", "v1:x", datetime(2026, 3, 1, 12, tzinfo=UTC), recovery=("d1", "d2"))


def test_a_person_has_one_factor_which_is_kept_whole(records: SqlRecords) -> None:
    with records.write() as written:
        assert written.second_factors.of_person("ann") is None
        written.second_factors.save(FACTOR)
        assert written.second_factors.of_person("ann") == FACTOR
        later = replace(FACTOR, confirmed=True, last_step=2**40, recovery=())
        written.second_factors.save(later)
        assert written.second_factors.of_person("ann") == later
        assert written.second_factors.remove("ann")
        assert not written.second_factors.remove("ann")
        assert written.second_factors.of_person("ann") is None
