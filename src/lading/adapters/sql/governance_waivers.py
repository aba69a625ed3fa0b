"""Waivers, in SQL."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lading.access.repository_pattern import RepositoryPattern
from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.tables.governance import WAIVER
from lading.adapters.sql.writing import insert_one
from lading.foundation.errors import Conflict
from lading.policy.waiver import Waiver, WaiverKind, WaiverScope
from lading.ports.records.page import DEFAULT_LIMIT, Page


class SqlWaivers(OnConnection):
    """The part of ``GovernanceRecords`` about waivers."""

    __slots__ = ()

    def add_waiver(self, waiver: Waiver) -> None:
        """Keep a waiver."""
        if not insert_one(self._connection, WAIVER, _row(waiver)):
            raise Conflict("waiver-exists", f"there is a waiver {waiver.id} already")

    def change_waiver(self, before: Waiver, after: Waiver) -> None:
        """Put ``after`` in place of ``before``: all that can change is who approved and who revoked it."""
        same = (
            WAIVER.c.id == before.id,
            WAIVER.c.approver == before.approver,
            WAIVER.c.revoked_by == before.revoked_by,
        )
        if self._connection.execute(WAIVER.update().where(*same).values(_row(after))).rowcount == 0:
            raise Conflict(
                "waiver-changed", f"somebody else changed waiver {before.id} meanwhile", hint="look again"
            )

    def waiver(self, waiver_id: str) -> Waiver | None:
        """One waiver."""
        row = self._connection.execute(sa.select(WAIVER).where(WAIVER.c.id == waiver_id)).first()
        return None if row is None else _waiver(row)

    def waivers_in_force(self, *, now: datetime) -> tuple[Waiver, ...]:
        """Approved, neither revoked nor expired, by id."""
        wanted = sa.select(WAIVER).where(
            WAIVER.c.expires > now,
            WAIVER.c.approved_at <= now,
            sa.or_(WAIVER.c.revoked_at.is_(None), WAIVER.c.revoked_at > now),
        )
        return tuple(_waiver(row) for row in self._connection.execute(wanted.order_by(WAIVER.c.id)))

    def waivers(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Waiver]:
        """Every waiver, newest first."""
        key = (WAIVER.c.sequence,)
        return fetch_page(
            self._connection, sa.select(WAIVER), key, _waiver, after=after, limit=limit, descending=True
        )


def _row(waiver: Waiver) -> dict[str, Any]:
    return {
        "id": waiver.id,
        "repositories": waiver.scope.repositories.text,
        "rules": waiver.scope.rules,
        "vulnerabilities": waiver.scope.vulnerabilities,
        "digest": waiver.scope.digest,
        "environments": waiver.scope.environments,
        "reason": waiver.reason,
        "ticket": waiver.ticket,
        "requester": waiver.requester,
        "requested_at": waiver.requested_at,
        "expires": waiver.expires,
        "approver": waiver.approver,
        "approved_at": waiver.approved_at,
        "revoked_by": waiver.revoked_by,
        "revoked_at": waiver.revoked_at,
        "kind": waiver.kind.value,
        "risk": waiver.risk,
        "control": waiver.control,
        "renews": waiver.renews,
        "renewals": waiver.renewals,
        "only": waiver.scope.only,
    }


def _waiver(row: sa.Row[Any]) -> Waiver:
    scope = WaiverScope(
        repositories=RepositoryPattern.parse(row.repositories),
        rules=tuple(row.rules),
        vulnerabilities=tuple(row.vulnerabilities),
        digest=row.digest,
        environments=tuple(row.environments),
        only=tuple(row.only),
    )
    return Waiver(
        id=row.id,
        scope=scope,
        reason=row.reason,
        ticket=row.ticket,
        requester=row.requester,
        requested_at=row.requested_at,
        expires=row.expires,
        approver=row.approver,
        approved_at=row.approved_at,
        revoked_by=row.revoked_by,
        revoked_at=row.revoked_at,
        kind=WaiverKind(row.kind),
        risk=row.risk,
        control=row.control,
        renews=row.renews,
        renewals=row.renewals,
    )
