"""Policies, waivers, decisions, promotions and verifications in SQL; here: policies and verifications."""

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.governance_approvals import SqlApprovals
from lading.adapters.sql.governance_decisions import SqlDecisions
from lading.adapters.sql.governance_promotions import SqlPromotions
from lading.adapters.sql.governance_waivers import SqlWaivers
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.tables.governance import (
    GATE_SIGHTING,
    POLICY,
    POLICY_ACTIVATION,
    VERIFICATION,
)
from lading.adapters.sql.writing import insert_one, upsert
from lading.oci.digest import Digest
from lading.ports.records.governance import GateSighting, PolicyDocument, StoredVerification
from lading.ports.records.page import DEFAULT_LIMIT, Page


class SqlGovernance(SqlWaivers, SqlDecisions, SqlPromotions, SqlApprovals):
    """See ``lading.ports.records.governance.GovernanceRecords``."""

    __slots__ = ()

    def activate_policy(self, document: PolicyDocument) -> int:
        """Keep the document and make it the active one."""
        insert_one(self._connection, POLICY, {"digest": document.digest, "text": document.text})
        activation = {"policy": document.digest, "set_at": document.set_at, "set_by": document.set_by}
        made = POLICY_ACTIVATION.insert().returning(POLICY_ACTIVATION.c.sequence)
        return int(self._connection.execute(made, activation).scalar_one())

    def seal_policy(self, number: int, envelope: str) -> None:
        """Keep what was signed of an activation."""
        of = POLICY_ACTIVATION
        self._connection.execute(of.update().where(of.c.sequence == number).values(envelope=envelope))

    def see_gate(self, sighting: GateSighting) -> None:
        """Keep which policy a gate asks."""
        upsert(self._connection, GATE_SIGHTING, asdict(sighting))

    def gates_seen(self) -> tuple[GateSighting, ...]:
        """Every gate that was ever heard of."""
        wanted = sa.select(GATE_SIGHTING).order_by(GATE_SIGHTING.c.gate, GATE_SIGHTING.c.name)
        return tuple(GateSighting(**row._asdict()) for row in self._connection.execute(wanted))

    def forget_gate(self, gate: str, name: str) -> bool:
        """Forget a gate that is no more."""
        of = GATE_SIGHTING
        gone = of.delete().where(of.c.gate == gate, of.c.name == name)
        return self._connection.execute(gone).rowcount > 0

    def keep_policy(self, digest: Digest, text: str) -> None:
        """Keep a policy without putting it in force."""
        insert_one(self._connection, POLICY, {"digest": digest, "text": text})

    def policy_text(self, digest: Digest) -> str | None:
        """The text of a policy that was kept or in force."""
        found: str | None = self._connection.execute(
            sa.select(POLICY.c.text).where(POLICY.c.digest == digest)
        ).scalar()
        return found

    def active_policy(self) -> PolicyDocument | None:
        """The policy in force."""
        newest = self.policies(limit=1).items
        return newest[0] if newest else None

    def policy(self, digest: Digest) -> PolicyDocument | None:
        """A policy that is or was in force, as it was activated the last time."""
        wanted = _activations().where(POLICY.c.digest == digest)
        newest = wanted.order_by(POLICY_ACTIVATION.c.sequence.desc()).limit(1)
        row = self._connection.execute(newest).first()
        return None if row is None else _document(row)

    def policies(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[PolicyDocument]:
        """Policies as they were activated, the newest first."""
        key = (POLICY_ACTIVATION.c.sequence,)
        return fetch_page(
            self._connection, _activations(), key, _document, after=after, limit=limit, descending=True
        )

    def save_verification(self, verification: StoredVerification) -> None:
        """Keep an outcome, in place of the one for this repository, subject and trust policy."""
        row = {column.name: getattr(verification, column.name) for column in VERIFICATION.c}
        upsert(self._connection, VERIFICATION, row)

    def verification(
        self, repository: str, subject: Digest, trust_policy: Digest, environment: str = ""
    ) -> StoredVerification | None:
        """What verifying said the last time."""
        wanted = sa.select(VERIFICATION).where(
            VERIFICATION.c.repository == repository,
            VERIFICATION.c.subject == subject,
            VERIFICATION.c.trust_policy == trust_policy,
            VERIFICATION.c.environment == environment,
        )
        row = self._connection.execute(wanted).first()
        return None if row is None else StoredVerification(**row._asdict())

    def forget_verifications(self, subject: Digest) -> None:
        """Forget what was said about a subject that is gone."""
        self._connection.execute(VERIFICATION.delete().where(VERIFICATION.c.subject == subject))


def _activations() -> sa.Select[Any]:
    newest = sa.select(sa.func.max(POLICY_ACTIVATION.c.sequence)).scalar_subquery()
    return sa.select(
        POLICY.c.digest,
        POLICY.c.text,
        POLICY_ACTIVATION.c.set_at,
        POLICY_ACTIVATION.c.set_by,
        POLICY_ACTIVATION.c.sequence,
        POLICY_ACTIVATION.c.envelope,
        (POLICY_ACTIVATION.c.sequence == newest).label("active"),
    ).join_from(POLICY_ACTIVATION, POLICY)


def _document(row: sa.Row[Any]) -> PolicyDocument:
    return PolicyDocument(
        row.digest, row.text, row.set_at, row.set_by, bool(row.active), row.sequence, row.envelope
    )
