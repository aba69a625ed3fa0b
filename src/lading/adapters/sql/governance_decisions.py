"""Decisions and the evidence that they rest on, in SQL."""

import zlib
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.tables.governance import DECISION, EVIDENCE
from lading.adapters.sql.writing import insert_one
from lading.foundation.errors import Conflict
from lading.oci.digest import Digest
from lading.policy.decision import Outcome
from lading.policy.decision_record import decided_at, decode_decision, encode_decision
from lading.ports.records.governance import DecisionOutline, StoredDecision
from lading.ports.records.page import DEFAULT_LIMIT, Page

_FAST = 1  # zlib level: evidence repeats itself so much that more effort gains little


class SqlDecisions(OnConnection):
    """The part of ``GovernanceRecords`` about what gates said."""

    __slots__ = ()

    def save_evidence(self, digest: Digest, content: bytes) -> None:
        """Keep evidence by its digest."""
        insert_one(self._connection, EVIDENCE, {"digest": digest, "content": zlib.compress(content, _FAST)})

    def evidence(self, digest: Digest) -> bytes | None:
        """Evidence as it was judged."""
        wanted = sa.select(EVIDENCE.c.content).where(EVIDENCE.c.digest == digest)
        content = self._connection.execute(wanted).scalar()
        return None if content is None else zlib.decompress(content)

    def evidence_of(self, digests: Sequence[Digest]) -> dict[Digest, bytes]:
        """Evidence as it was judged, of many decisions at once."""
        wanted = sa.select(EVIDENCE).where(EVIDENCE.c.digest.in_(digests))
        return {row.digest: zlib.decompress(row.content) for row in self._connection.execute(wanted)}

    def save_decision(self, decision: StoredDecision) -> None:
        """Keep a decision."""
        said = decision.decision
        row = {
            "id": decision.id,
            "image": said.image,
            "gate": said.gate.value,
            "environment": said.environment,
            "outcome": said.outcome.value,
            "policy": said.policy_digest,
            "evidence": said.evidence_digest,
            "waivers": decision.waivers,
            "reference": decision.reference,
            "by": decision.by,
            "document": zlib.compress(encode_decision(said), _FAST),
        }
        if not insert_one(self._connection, DECISION, row):
            raise Conflict("decision-exists", f"there is a decision {decision.id} already")

    def decision(self, decision_id: str) -> StoredDecision | None:
        """One decision."""
        return self._newest(DECISION.c.id == decision_id)

    def decision_on(self, *, policy: Digest, evidence: Digest, waivers: Digest) -> StoredDecision | None:
        """The newest decision that rests on exactly these."""
        return self._newest(
            DECISION.c.evidence == str(evidence),
            DECISION.c.policy == str(policy),
            DECISION.c.waivers == waivers,
        )

    def latest_decision(
        self, image: Digest, *, gate: str = "", environment: str = ""
    ) -> StoredDecision | None:
        """The newest decision about the image."""
        wanted = [DECISION.c.image == str(image)]
        if gate:
            wanted.append(DECISION.c.gate == gate)
        if environment:
            wanted.append(DECISION.c.environment == environment)
        return self._newest(*wanted)

    def standing_decision(self, image: Digest) -> StoredDecision | None:
        """The strictest of the decisions about the image that are the newest for their environment."""
        newest = newest_by_environment().where(DECISION.c.image == str(image))
        wanted = (
            sa.select(DECISION).where(DECISION.c.sequence.in_(newest)).order_by(DECISION.c.sequence.desc())
        )
        found = [_stored(row) for row in self._connection.execute(wanted)]
        return max(found, key=lambda one: one.decision.outcome.weight, default=None)

    def standing_decisions(
        self, *, outcome: str = "", after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[StoredDecision]:
        """The newest decision for each image and environment, newest first."""
        wanted = sa.select(DECISION).where(DECISION.c.sequence.in_(newest_by_environment()))
        if outcome:
            wanted = wanted.where(DECISION.c.outcome == outcome)
        key = (DECISION.c.sequence,)
        return fetch_page(self._connection, wanted, key, _stored, after=after, limit=limit, descending=True)

    def decisions(
        self,
        *,
        image: Digest | None = None,
        outcome: str = "",
        after: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> Page[StoredDecision]:
        """Decisions, newest first."""
        wanted = sa.select(DECISION)
        if image is not None:
            wanted = wanted.where(DECISION.c.image == str(image))
        if outcome:
            wanted = wanted.where(DECISION.c.outcome == outcome)
        key = (DECISION.c.sequence,)
        return fetch_page(self._connection, wanted, key, _stored, after=after, limit=limit, descending=True)

    def decision_outlines(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[DecisionOutline]:
        """Every decision in outline, newest first."""
        of = DECISION.c
        wanted = sa.select(of.sequence, of.id, of.reference, of.outcome, of.evidence, of.document)
        key = (of.sequence,)
        return fetch_page(self._connection, wanted, key, _outline, after=after, limit=limit, descending=True)

    def _newest(self, *conditions: sa.ColumnElement[bool]) -> StoredDecision | None:
        newest = sa.select(DECISION).where(*conditions).order_by(DECISION.c.sequence.desc()).limit(1)
        row = self._connection.execute(newest).first()
        return None if row is None else _stored(row)


def newest_by_environment() -> sa.Select[tuple[int]]:
    """The newest decision for each image and environment."""
    return sa.select(sa.func.max(DECISION.c.sequence)).group_by(DECISION.c.image, DECISION.c.environment)


def _stored(row: sa.Row[Any]) -> StoredDecision:
    decision = decode_decision(zlib.decompress(row.document))
    return StoredDecision(row.id, decision, row.reference, row.by, row.waivers)


def _outline(row: sa.Row[Any]) -> DecisionOutline:
    at = decided_at(zlib.decompress(row.document))
    return DecisionOutline(row.id, row.reference, Outcome(row.outcome), at, Digest.parse(row.evidence))
