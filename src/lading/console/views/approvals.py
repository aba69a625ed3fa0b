"""What waits for other people, with the evidence that they need to say yes or no."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from lading.approvals.approval import Approval, ApprovalState
from lading.console.formats.instants import Instant, instant
from lading.console.views.badges import Badge, Tone
from lading.console.views.notices import Notice
from lading.workflows.hygiene import Finding

_LEFT_OUT = frozenset(("requester", "approver"))  # what stands elsewhere in the row


@dataclass(frozen=True, slots=True)
class VoteView:
    """What somebody said."""

    who: str
    on_behalf_of: str
    approves: bool
    at: Instant
    comment: str


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One approval. ``facts`` is the evidence as it was when it was asked for."""

    id: str
    kind: str
    title: str
    badge: Badge
    agreed: str  # "1 of 2"
    requester: str
    requested: Instant
    deadline: Instant
    ticket: str
    facts: tuple[tuple[str, str], ...]
    votes: tuple[VoteView, ...]
    may_vote: bool


@dataclass(frozen=True, slots=True)
class ApprovalsView:
    """The whole page."""

    state: str
    rows: tuple[ApprovalRow, ...]
    hygiene: tuple[Finding, ...]
    next_link: str
    first_link: str
    notice: Notice | None


def approval_row(one: Approval, reader: str, now: datetime) -> ApprovalRow:
    """Make a row. Whether the reader may vote in the end is for the vote to tell; here, not on their own."""
    state = one.stands(now)
    return ApprovalRow(
        id=one.id,
        kind=one.kind.value.replace("-", " "),
        title=one.title,
        badge=approval_badge(state),
        agreed=f"{one.quorum - one.missing} of {one.quorum}",
        requester=one.requester,
        requested=instant(one.requested_at, now),
        deadline=instant(one.deadline, now),
        ticket=one.ticket,
        facts=tuple(_facts(one.evidence)),
        votes=tuple(
            VoteView(vote.by, vote.on_behalf_of, vote.approves, instant(vote.at, now), vote.comment)
            for vote in one.votes
        ),
        may_vote=one.waits_for(reader, now),
    )


def approval_badge(state: ApprovalState) -> Badge:
    """The badge of where it stands."""
    match state:
        case ApprovalState.WAITING:
            return Badge(Tone.WARN, "Waits")
        case ApprovalState.APPROVED:
            return Badge(Tone.GOOD, "Approved")
        case ApprovalState.REJECTED:
            return Badge(Tone.BAD, "Refused")
        case ApprovalState.WITHDRAWN:
            return Badge(Tone.QUIET, "Taken back")
        case ApprovalState.EXPIRED:
            return Badge(Tone.QUIET, "Expired")
        case _:
            assert_never(state)


def _facts(evidence: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in evidence.items():
        label = f"{prefix}{name}".replace("_", " ")
        if value in ("", None, [], {}) or name in _LEFT_OUT:
            continue
        if isinstance(value, Mapping):
            yield from _facts(value, prefix or f"{name}: ")
        elif isinstance(value, list):
            yield label, ", ".join(str(member) for member in value)
        else:
            yield label, value if isinstance(value, str) else json.dumps(value)
