"""Approvals and delegations, in SQL."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.tables.governance import APPROVAL, DELEGATION
from lading.adapters.sql.writing import insert_one
from lading.approvals.approval import Approval, ApprovalKind, ApprovalState, Delegation, Vote
from lading.foundation.errors import Conflict
from lading.ports.records.page import DEFAULT_LIMIT, Page

_PLAIN = ("id", "subject", "title", "requester", "requester_person", "requested_at", "deadline", "quorum")


class SqlApprovals(OnConnection):
    """The part of ``GovernanceRecords`` about what waits for other people."""

    __slots__ = ()

    def add_approval(self, approval: Approval) -> None:
        """Keep an approval."""
        if not insert_one(self._connection, APPROVAL, _row(approval)):
            raise Conflict("approval-exists", f"there is an approval {approval.id} already")

    def change_approval(self, before: Approval, after: Approval) -> None:
        """Put ``after`` in place of ``before``; raises Conflict where somebody else changed it meanwhile."""
        written = _row(before)
        same = (
            APPROVAL.c.id == before.id,
            APPROVAL.c.state == written["state"],
            APPROVAL.c.votes == written["votes"],
        )
        if self._connection.execute(APPROVAL.update().where(*same).values(_row(after))).rowcount == 0:
            raise Conflict(
                "approval-changed", f"somebody else voted on {before.id} meanwhile", hint="look again"
            )

    def approval(self, approval_id: str) -> Approval | None:
        """One approval."""
        row = self._connection.execute(sa.select(APPROVAL).where(APPROVAL.c.id == approval_id)).first()
        return None if row is None else _approval(row)

    def approval_of(self, kind: ApprovalKind, subject: str) -> Approval | None:
        """The newest approval of something."""
        wanted = sa.select(APPROVAL).where(APPROVAL.c.kind == kind.value, APPROVAL.c.subject == subject)
        row = self._connection.execute(wanted.order_by(APPROVAL.c.sequence.desc()).limit(1)).first()
        return None if row is None else _approval(row)

    def approvals(
        self, *, state: str = "", kind: str = "", after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[Approval]:
        """Approvals, newest first."""
        wanted = sa.select(APPROVAL)
        if state:
            wanted = wanted.where(APPROVAL.c.state == state)
        if kind:
            wanted = wanted.where(APPROVAL.c.kind == kind)
        key = (APPROVAL.c.sequence,)
        return fetch_page(self._connection, wanted, key, _approval, after=after, limit=limit, descending=True)

    def add_delegation(self, delegation: Delegation) -> None:
        """Keep a delegation."""
        row = {name: getattr(delegation, name) for name in DELEGATION.c.keys()}  # noqa: SIM118 - not a dict
        if not insert_one(self._connection, DELEGATION, row):
            raise Conflict("delegation-exists", f"there is a delegation {delegation.id} already")

    def end_delegation(self, delegation_id: str, at: datetime) -> bool:
        """End a delegation that was not ended; say whether there was one."""
        this = DELEGATION.update().where(DELEGATION.c.id == delegation_id, DELEGATION.c.ended_at.is_(None))
        return self._connection.execute(this.values(ended_at=at)).rowcount > 0

    def delegations(self, *, now: datetime) -> tuple[Delegation, ...]:
        """Delegations that have not ended, by when they were given."""
        wanted = sa.select(DELEGATION).where(
            DELEGATION.c.until > now, sa.or_(DELEGATION.c.ended_at.is_(None), DELEGATION.c.ended_at > now)
        )
        ordered = wanted.order_by(DELEGATION.c.given_at, DELEGATION.c.id)
        return tuple(Delegation(**row._mapping) for row in self._connection.execute(ordered))


def _row(approval: Approval) -> dict[str, Any]:
    return {
        **{name: getattr(approval, name) for name in _PLAIN},
        "kind": approval.kind.value,
        "state": approval.state.value,
        "ticket": approval.ticket,
        "evidence": dict(approval.evidence),
        "votes": msgspec.to_builtins(approval.votes),
        "concluded_at": approval.concluded_at,
    }


def _approval(row: sa.Row[Any]) -> Approval:
    return Approval(
        **{name: getattr(row, name) for name in _PLAIN},
        kind=ApprovalKind(row.kind),
        state=ApprovalState(row.state),
        ticket=row.ticket,
        evidence=row.evidence,
        votes=msgspec.convert(row.votes, tuple[Vote, ...]),
        concluded_at=row.concluded_at,
    )
