"""Places for uploads: bounded in all and for each account, and given back by whoever forgets an upload."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.foundation.errors import OverLimit
from lading.registry.upload_places import UploadPlaces


def places() -> UploadPlaces:
    return UploadPlaces(most=3, of_one=2, idle=10)


def test_one_account_cannot_take_the_places_of_all() -> None:
    held = places()
    held.take("ann", "1", 0)
    held.take("ann", "2", 0)
    with pytest.raises(OverLimit, match="ann has 2 uploads") as refused:
        held.take("ann", "3", 0)
    assert refused.value.details["retry_after"]
    held.take("ben", "4", 0)
    with pytest.raises(OverLimit, match="3 uploads are under way"):
        held.take("eve", "5", 0)
    held.free("1")
    held.free("1")
    held.take("eve", "5", 0)


def test_an_upload_that_gets_no_byte_loses_its_place_and_one_that_does_keeps_it() -> None:
    held = places()
    held.take("ann", "forgotten", 0)
    held.take("ann", "slow", 0)
    held.begin("ann", "slow")
    held.take("ann", "new", 11)
    with pytest.raises(OverLimit):
        held.take("ann", "another", 11)
    held.pause("slow", 20)
    with pytest.raises(OverLimit):
        held.take("ann", "another", 20)
    held.take("ann", "another", 25)  # the new one got nothing either
    held.begin("ann", "forgotten")  # goes on, and counts again
    held.pause("forgotten", 26)
    assert len(held) == 3
    with pytest.raises(OverLimit):
        held.take("ann", "more", 26)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take", "begin", "pause", "free"]),
        st.sampled_from(["ann", "ben"]),
        st.sampled_from(["1", "2", "3", "4", "5"]),
        st.integers(0, 6),
    ),
    max_size=60,
)


@given(STEPS)
def test_counts_never_drift_whatever_comes_in_whatever_order(steps: list[tuple[str, str, str, int]]) -> None:
    held, now, known = places(), 0, set[str]()
    for step, account, session, passes in steps:
        now += passes
        if step == "take" and session not in known:
            try:
                held.take(account, session, now)
            except OverLimit:
                continue
            known.add(session)
        elif step == "begin" and session in known:
            held.begin(account, session)
        elif step == "pause":
            held.pause(session, now)
        elif step == "free":
            held.free(session)
            known.discard(session)
    for session in "12345":
        held.free(session)
    assert len(held) == 0
    assert not held._counts
