"""Ask recorded decisions again right here: for few of them, and for tests."""

from collections.abc import Iterable, Iterator

from lading.foundation.errors import Malformed
from lading.policy.evidence_facts import WrittenEvidence, read
from lading.policy.policy_file import parse_policy
from lading.policy.replay import Candidate, ReplayTally, replay
from lading.ports.replaying import Part, Question


class ReplayHere:
    """Replaying in the process that asks."""

    def tallies(self, question: Question, parts: Iterable[Part]) -> Iterator[ReplayTally]:
        """Give what is found in each part."""
        candidate = candidate_of(question)
        return (replay_part(candidate, part) for part in parts)


def candidate_of(question: Question) -> Candidate:
    """Read the policy, which takes as long as a hundred evaluations."""
    policy = parse_policy(question.policy, "policy")
    before = parse_policy(question.before, "policy before") if question.before else None
    return Candidate(policy, question.waivers, question.bounds, before)


def replay_part(candidate: Candidate, part: Part) -> ReplayTally:
    """Ask about one part."""
    tally = ReplayTally()
    for content, recorded in part:
        written = _read(content)
        if written is not None:
            tally.merge(replay(candidate, written, recorded))
    return tally


def _read(content: bytes) -> WrittenEvidence | None:
    try:
        return read(content)
    except Malformed:
        return None
