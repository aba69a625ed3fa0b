"""One approval, for everything that one person may not do alone: waivers, promotions, policies, break-glass.

1. It waits until enough people have agreed, one has refused, who asked took it back, or its deadline passed.
2. Only people vote, each human once. Nobody votes on what they asked for, from none of their accounts, and
   nobody votes in the place of who asked.
3. Who stands in for somebody votes with that person's rights and in their place: the two count once.
4. One refusal refuses. As many agreements as the quorum says approve.

The evidence as it was when it was asked for stays with it: what was known when people agreed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from lading.foundation.errors import Conflict, Forbidden, Malformed

MAX_COMMENT = 2_000  # characters
MAX_QUORUM = 9
DEFAULT_DEADLINE = timedelta(days=7)


class ApprovalKind(StrEnum):
    """What is approved."""

    WAIVER = "waiver"
    PROMOTION = "promotion"
    POLICY = "policy"
    BREAK_GLASS = "break-glass"
    REVIEW = "review"  # of a break-glass that has ended
    KEY_USE = "key-use"
    INTAKE = "intake"


class ApprovalState(StrEnum):
    """Where it stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Vote:
    """What somebody said. ``person`` is the human behind the account; they may stand in for another."""

    by: str
    person: str
    approves: bool
    at: datetime
    comment: str = ""
    on_behalf_of: str = ""

    @property
    def counts_for(self) -> str:
        """The human whose agreement this is."""
        return self.on_behalf_of or self.person


@dataclass(frozen=True, slots=True)
class Approval:
    """Something that waits, or waited, for other people. ``subject`` is the id of what it is about."""

    id: str
    kind: ApprovalKind
    subject: str
    title: str
    requester: str
    requester_person: str
    requested_at: datetime
    deadline: datetime
    quorum: int
    ticket: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)
    votes: tuple[Vote, ...] = ()
    state: ApprovalState = ApprovalState.WAITING
    concluded_at: datetime | None = None

    def stands(self, now: datetime) -> ApprovalState:
        """Tell where it stands at ``now``: one that waited for too long has expired."""
        if self.state is ApprovalState.WAITING and now >= self.deadline:
            return ApprovalState.EXPIRED
        return self.state

    def waits_for(self, person: str, now: datetime) -> bool:
        """Whether ``person`` could still vote: it waits, and they neither asked for it nor have voted."""
        said = {self.requester_person.casefold(), *(vote.person.casefold() for vote in self.votes)}
        return self.stands(now) is ApprovalState.WAITING and person.casefold() not in said

    @property
    def missing(self) -> int:
        """How many more have to agree."""
        return max(0, self.quorum - sum(vote.approves for vote in self.votes))


@dataclass(frozen=True, slots=True)
class Delegation:
    """Somebody stands in for another until a moment. Both are written ``person:name``."""

    id: str
    giver: str
    taker: str
    until: datetime
    reason: str
    given_at: datetime
    ended_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it counts at ``now``."""
        return now < self.until and (self.ended_at is None or now < self.ended_at)


@dataclass(frozen=True, slots=True)
class ApprovalRules:
    """How many others have to agree, by kind, or by kind and environment (``promotion:prod``)."""

    quorums: Mapping[str, int] = field(default_factory=dict)
    deadline: timedelta = DEFAULT_DEADLINE

    def quorum(self, kind: ApprovalKind, environments: Iterable[str] = ()) -> int:
        """Give the largest that is set for one of the environments, else that of the kind, else one."""
        own = [self.quorums[key] for name in environments if (key := f"{kind}:{name}") in self.quorums]
        return max(own, default=self.quorums.get(kind, 1))


def cast(approval: Approval, vote: Vote) -> Approval:
    """Count a vote by the numbered rules; raise Forbidden, Malformed, or Conflict where it comes too late."""
    # Rule 1.
    state = approval.stands(vote.at)
    if state is not ApprovalState.WAITING:
        raise Conflict("approval-not-waiting", f"{approval.title} is {state} already")
    # Rule 2.
    if not vote.by.startswith("person:"):
        raise Forbidden("approval-by-machine", "a person approves, not a machine")
    if approval.requester_person.casefold() in {vote.person.casefold(), vote.on_behalf_of.casefold()}:
        raise Forbidden(
            "approval-own",
            f"{vote.person} asked for this and cannot be the one who agrees",
            hint="ask somebody else who may approve it",
        )
    # Rule 3.
    voted = {person.casefold() for one in approval.votes for person in (one.person, one.counts_for)}
    if vote.counts_for.casefold() in voted or vote.person.casefold() in voted:
        raise Conflict("approval-voted", f"{vote.counts_for} has said what they think already")
    if len(vote.comment) > MAX_COMMENT:
        raise Malformed("approval-comment", f"a comment has at most {MAX_COMMENT} characters")
    # Rule 4.
    counted = replace(approval, votes=(*approval.votes, vote))
    if not vote.approves:
        return replace(counted, state=ApprovalState.REJECTED, concluded_at=vote.at)
    if counted.missing == 0:
        return replace(counted, state=ApprovalState.APPROVED, concluded_at=vote.at)
    return counted


def withdraw(approval: Approval, person: str, now: datetime) -> Approval:
    """Take back what one asked for; raise Forbidden for others, Conflict where it does not wait."""
    if approval.requester_person.casefold() != person.casefold():
        raise Forbidden("approval-not-own", f"{person} did not ask for this")
    if approval.stands(now) is not ApprovalState.WAITING:
        raise Conflict("approval-not-waiting", f"{approval.title} is {approval.stands(now)} already")
    return replace(approval, state=ApprovalState.WITHDRAWN, concluded_at=now)


def givers_for(taker: str, delegations: Iterable[Delegation], now: datetime) -> tuple[str, ...]:
    """Give those whom somebody stands in for at ``now``. It goes no further than one step."""
    return tuple(
        dict.fromkeys(
            one.giver for one in delegations if one.taker.casefold() == taker.casefold() and one.holds(now)
        )
    )
