"""Recorded decisions asked again: the same answers in the process that asks and in processes of their own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lading.adapters.replay_here import ReplayHere
from lading.adapters.replay_processes import ReplayInProcesses
from lading.adapters.shipped_policy import default_policy_text
from lading.foundation.errors import Malformed
from lading.policy.decision import Outcome
from lading.policy.evidence_facts import encode
from lading.policy.example import EXAMPLE, EXAMPLE_NOW
from lading.policy.replay import Recorded, ReplayTally
from lading.ports.replaying import Part, Question, Replaying

adapters = pytest.mark.parametrize(
    "replaying", [ReplayHere(), ReplayInProcesses(2)], ids=["here", "processes"]
)


def part(start: int, count: int) -> Part:
    made: list[tuple[bytes, list[Recorded]]] = []
    for number in range(start, start + count):
        image = replace(EXAMPLE.image, digest=f"sha256:{number:064x}", root=number % 2 == 0)
        at = EXAMPLE_NOW - timedelta(hours=number)
        made.append(
            (encode(replace(EXAMPLE, image=image)), [Recorded(f"d{number}", "shop/app", Outcome.ALLOW, at)])
        )
    return made


@adapters
def test_every_part_is_answered_in_order(replaying: Replaying) -> None:
    parts = [part(start, 10) for start in range(0, 50, 10)]
    found = list(replaying.tallies(Question(default_policy_text()), parts))
    assert [tally.asked for tally in found] == [10] * 5
    assert [tally.newly_denied for tally in found] == [5] * 5
    assert [tally.examples[0].id for tally in found] == ["d0", "d10", "d20", "d30", "d40"]
    whole = ReplayTally()
    for tally in found:
        whole.merge(tally)
    assert len(whole.images) == 25


@adapters
def test_nothing_to_ask_is_no_answer(replaying: Replaying) -> None:
    assert list(replaying.tallies(Question(default_policy_text()), [])) == []


@adapters
def test_evidence_that_cannot_be_read_is_left_out(replaying: Replaying) -> None:
    broken: Part = [(b"{", [Recorded("x", "shop/app", Outcome.ALLOW, EXAMPLE_NOW)])]
    found = list(replaying.tallies(Question(default_policy_text()), [broken, [*broken, *part(0, 1)]]))
    assert [tally.asked for tally in found] == [0, 1]


@adapters
def test_what_is_no_policy_is_an_error_of_who_asks(replaying: Replaying) -> None:
    with pytest.raises(Malformed):
        list(replaying.tallies(Question(b"nothing"), [part(0, 1), part(1, 1)]))
