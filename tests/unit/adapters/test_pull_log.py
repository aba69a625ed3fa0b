"""Pulls counted in memory, and written down together."""

from datetime import UTC, datetime, timedelta

from lading.adapters.pull_log_memory import MemoryPullLog
from lading.registry.pulls import Pulls
from lading.workflows.note_pulls import note_pulls
from tests.support.registry import DrivenRegistry

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_pulls_are_counted_until_they_are_drained() -> None:
    log = MemoryPullLog()
    log.note("a", "1.0", NOW + timedelta(seconds=5))
    log.note("a", "1.0", NOW)
    log.note("b", "1.0", NOW)
    assert log.drain() == {("a", "1.0"): Pulls(NOW + timedelta(seconds=5), 2), ("b", "1.0"): Pulls(NOW, 1)}
    assert log.drain() == {}


def test_memory_is_bounded_whatever_is_asked_for() -> None:
    log = MemoryPullLog()
    for number in range(60_000):
        log.note("a", str(number), NOW)
    assert len(log.drain()) == 50_000


def test_that_pulls_are_recorded_is_noted_before_the_first_one() -> None:
    registry, log = DrivenRegistry(), MemoryPullLog()
    assert note_pulls(registry.records, log, NOW) == 0
    registry.push_image("a", tags=("1.0",))
    log.note("a", "1.0", NOW)
    assert note_pulls(registry.records, log, NOW + timedelta(days=1)) == 1
    with registry.records.read() as kept:
        assert kept.use.pulls_since() == NOW
        assert kept.use.pulls("a") == {"1.0": Pulls(NOW, 1)}
