"""How far a pass is, how long it waits, and when one is due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lading.registry.collection import RunState
from lading.registry.scrub import Read, Scrub, ScrubStep, advance, is_due, share_read, time_to_wait

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUN = Scrub("s1", RunState.RUNNING, NOON, "person:root", expected=4)
MONTH = timedelta(days=30)


def test_a_pass_goes_through_its_steps_and_adds_up() -> None:
    one = advance(RUN, Read(2, 200, 1, 0), "sha256:aa", NOON)
    assert (one.step, one.cursor, one.read, one.revision) == (
        ScrubStep.CONTENT,
        "sha256:aa",
        Read(2, 200, 1, 0),
        1,
    )
    assert share_read(one) == 0.5
    two = advance(one, Read(2, 100, 0, 1), None, NOON)
    assert (two.step, two.cursor, two.read) == (ScrubStep.LINKS, "", Read(4, 300, 1, 1))
    assert share_read(two) == 0.99
    done = advance(two, Read(), None, NOON)
    assert (done.state, done.ended_at, share_read(done)) == (RunState.DONE, NOON, 1.0)


def test_a_stop_counts_between_stretches_and_not_at_the_end() -> None:
    asked = replace(RUN, stop_asked=True)
    assert advance(asked, Read(1), "sha256:aa", NOON).state is RunState.STOPPED
    assert advance(asked, Read(1), "", NOON).state is RunState.STOPPED
    assert advance(replace(asked, step=ScrubStep.LINKS), Read(), None, NOON).state is RunState.DONE


def test_the_rate_is_kept_by_waiting() -> None:
    second = timedelta(seconds=1)
    assert time_to_wait(200, second, 100) == second
    assert time_to_wait(50, second, 100) == timedelta(0)
    assert time_to_wait(1 << 40, timedelta(0), 0) == timedelta(0)
    assert time_to_wait(200, -timedelta(hours=5), 100) == 2 * second


def test_a_pass_is_due_when_the_last_one_is_old_or_failed() -> None:
    assert is_due(None, NOON, MONTH)
    done = replace(RUN, state=RunState.DONE)
    assert not is_due(done, NOON + timedelta(days=29), MONTH)
    assert is_due(done, NOON + MONTH, MONTH)
    assert is_due(replace(RUN, state=RunState.FAILED), NOON, MONTH)
    assert not is_due(replace(RUN, state=RunState.STOPPED), NOON, MONTH)
    assert not is_due(RUN, NOON + MONTH, MONTH)
