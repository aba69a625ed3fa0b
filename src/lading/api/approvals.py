"""Approvals, delegations, break-glass, the effect of policies, hygiene."""

from pydantic import Field

from lading.api.message import Message


class VoteLine(Message):
    """What somebody said; ``on_behalf_of`` is whom they stood in for."""

    by: str
    person: str
    approves: bool
    at: str
    comment: str
    on_behalf_of: str


class ApprovalLine(Message):
    """Something that waits, or waited, for other people. ``missing`` is how many more have to agree."""

    id: str
    kind: str
    subject: str
    title: str
    state: str
    requester: str
    requested_at: str
    deadline: str
    quorum: int
    missing: int
    ticket: str
    evidence: dict[str, object]
    votes: list[VoteLine]


class VoteAsk(Message):
    """What the caller says to something that waits."""

    approves: bool
    comment: str = ""


class DelegationAsk(Message):
    """Who is to stand in for the caller; ``until`` is an RFC 3339 instant."""

    taker: str
    until: str
    reason: str


class DelegationLine(Message):
    """Somebody stands in for another."""

    id: str
    giver: str
    taker: str
    until: str
    reason: str


class BreakGlassAsk(Message):
    """Everything is to be excused for some hours, in one environment."""

    repositories: str
    environment: str
    hours: float
    reason: str
    ticket: str


class PolicyProposalAsk(Message):
    """A policy that is to be put in force when others agree."""

    policy: str
    reason: str
    ticket: str = ""


class ChangedLine(Message):
    """A decision that would come out otherwise."""

    id: str
    reference: str
    team: str
    environment: str
    was: str
    would_be: str
    rules: list[str]


class PolicyEffect(Message):
    """What a policy would have done to what was decided since a moment."""

    name: str
    digest: str
    since: str
    asked: int
    denied_before: int
    newly_denied: int
    newly_allowed: int
    newly_warned: int
    images: int
    by_team: dict[str, int]
    by_rule: dict[str, int]
    examples: list[ChangedLine] = Field(default_factory=list)


class HygieneLine(Message):
    """One weakness of the gates, and what to do about it."""

    weakness: str
    subject: str
    says: str
    advice: str


class PolicyComparison(Message):
    """What changed from one policy to another, in writing and in effect."""

    before: str  # digest
    after: str
    rules_added: list[str]
    rules_removed: list[str]
    rules_changed: list[str]
    rollout_changed: bool
    effect: PolicyEffect


class PolicyPair(Message):
    """Two policies, each as text or as the digest of one that was in force; nothing is the one in force."""

    before: str = ""
    after: str = ""


class GateReport(Message):
    """Which policy a gate asks, said by itself."""

    gate: str
    name: str
    policy: str
    version: str = ""


class GateLine(Message):
    """A gate, and how it stands beside the policy in force."""

    gate: str
    name: str
    policy: str
    version: str
    seen_at: str
    standing: str


class GatesBesidePolicy(Message):
    """The policy in force, and every gate that was heard of."""

    policy: str
    in_force: str
    number: int
    signed_by: str
    passed_over: list[str]
    gates: list[GateLine]
