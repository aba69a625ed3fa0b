"""One engine for whatever one person may not do alone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.approvals.approval import (
    Approval,
    ApprovalKind,
    ApprovalRules,
    ApprovalState,
    Delegation,
    Vote,
    cast,
    givers_for,
    withdraw,
)
from lading.foundation.errors import Conflict, Forbidden, LadingError
from tests.support.registry import NOON

DAY = timedelta(days=1)


def waiting(quorum: int = 1) -> Approval:
    return Approval(
        "a1", ApprovalKind.WAIVER, "w1", "w", "person:ann", "person:ann", NOON, NOON + 7 * DAY, quorum
    )


def says(name: str, approves: bool = True, *, person: str = "", of: str = "", days: float = 1) -> Vote:
    return Vote(f"person:{name}", person or f"person:{name}", approves, NOON + days * DAY, "", of)


def test_one_other_person_is_enough_unless_more_are_asked_for() -> None:
    assert cast(waiting(), says("ben")).state is ApprovalState.APPROVED
    first = cast(waiting(2), says("ben"))
    assert (first.state, first.missing) == (ApprovalState.WAITING, 1)
    assert cast(first, says("cem")).state is ApprovalState.APPROVED


def test_one_refusal_refuses_whatever_others_said() -> None:
    assert cast(cast(waiting(3), says("ben")), says("cem", False)).state is ApprovalState.REJECTED


@pytest.mark.parametrize(
    "vote",
    [
        says("ann"),
        says("ANN"),
        says("ann-admin", person="person:ann"),
        says("ben", of="person:ann"),
        Vote("robot:ci", "robot:ci", True, NOON),
    ],
)
def test_nobody_agrees_to_what_they_asked_for_by_no_account_and_no_stand_in(vote: Vote) -> None:
    with pytest.raises(Forbidden):
        cast(waiting(), vote)


@pytest.mark.parametrize(
    "again",
    [
        says("ben"),
        says("ben-admin", person="person:ben"),
        says("cem", of="person:ben"),
        says("ben", of="person:dan"),
    ],
)
def test_each_human_counts_once(again: Vote) -> None:
    with pytest.raises(Conflict, match="said what they think"):
        cast(cast(waiting(2), says("ben")), again)


def test_after_its_deadline_nothing_is_approved() -> None:
    late = waiting()
    assert late.stands(NOON + 7 * DAY) is ApprovalState.EXPIRED
    with pytest.raises(Conflict, match="expired"):
        cast(late, says("ben", days=7))


def test_who_asked_takes_it_back_and_nobody_else_does() -> None:
    assert withdraw(waiting(), "person:ann", NOON).state is ApprovalState.WITHDRAWN
    with pytest.raises(Forbidden):
        withdraw(waiting(), "person:ben", NOON)
    with pytest.raises(Conflict):
        withdraw(cast(waiting(), says("ben")), "person:ann", NOON)


def test_a_delegation_holds_for_a_while_and_goes_one_step() -> None:
    given_ = [
        Delegation("d1", "person:ben", "person:cem", NOON + DAY, "holiday", NOON),
        Delegation("d2", "person:cem", "person:dan", NOON + DAY, "holiday", NOON),
        Delegation("d3", "person:eve", "person:cem", NOON + 9 * DAY, "left", NOON, NOON + DAY),
    ]
    assert givers_for("person:cem", given_, NOON) == ("person:ben", "person:eve")
    assert givers_for("person:dan", given_, NOON) == ("person:cem",)
    assert givers_for("person:cem", given_, NOON + DAY) == ()


def test_quorums_are_by_kind_and_by_environment_the_largest_counts() -> None:
    rules = ApprovalRules({"promotion": 1, "promotion:prod": 3, "promotion:test": 2})
    assert rules.quorum(ApprovalKind.PROMOTION, ("test", "prod")) == 3
    assert rules.quorum(ApprovalKind.PROMOTION, ("dev",)) == 1
    assert rules.quorum(ApprovalKind.WAIVER) == 1


PEOPLE = st.sampled_from(["ann", "ben", "cem", "dan"])
VOTES = st.lists(
    st.tuples(PEOPLE, st.sampled_from(["", "person:ann", "person:ben", "person:dan"]), st.booleans())
)


@given(st.integers(1, 4), VOTES)
def test_whatever_is_voted_an_approval_has_enough_different_people_and_never_who_asked(
    quorum: int, votes: list[tuple[str, str, bool]]
) -> None:
    one = waiting(quorum)
    for name, of, approves in votes:
        try:
            one = cast(one, says(name, approves, of=of))
        except LadingError:
            continue
    agreed = {vote.counts_for for vote in one.votes if vote.approves}
    assert "person:ann" not in agreed
    assert (one.state is ApprovalState.APPROVED) is (
        len(agreed) >= quorum and all(v.approves for v in one.votes)
    )
