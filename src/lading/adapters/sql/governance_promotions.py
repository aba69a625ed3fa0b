"""Environments, their pointers, and how these moved, in SQL."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.tables.governance import ENVIRONMENT, POINTER, PROMOTION
from lading.adapters.sql.writing import insert_one
from lading.foundation.errors import Conflict
from lading.oci.digest import Digest
from lading.policy.decision import Outcome
from lading.ports.records.governance import Pointer
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.promotion.environments import Environment
from lading.promotion.platforms import PlatformOutcome
from lading.promotion.promotion import Promotion, PromotionKind, PromotionState


class SqlPromotions(OnConnection):
    """The part of ``GovernanceRecords`` about environments and what was let into them."""

    __slots__ = ()

    def set_environments(self, environments: Sequence[Environment]) -> None:
        """Make these all environments that there are."""
        self._connection.execute(ENVIRONMENT.delete())
        rows = [{**asdict(environment), "place": place} for place, environment in enumerate(environments)]
        if rows:
            self._connection.execute(ENVIRONMENT.insert(), rows)

    def environments(self) -> tuple[Environment, ...]:
        """All of them, in the order in which they were set."""
        rows = self._connection.execute(sa.select(ENVIRONMENT).order_by(ENVIRONMENT.c.place))
        return tuple(
            Environment(
                row.name, tuple(row.after), bool(row.needs_approval), row.description, tuple(row.platforms)
            )
            for row in rows
        )

    def save_promotion(self, promotion: Promotion) -> None:
        """Keep a promotion, and move the pointer when it is done."""
        row = _row(promotion)
        if not insert_one(self._connection, PROMOTION, row):
            waiting = PROMOTION.update().where(
                PROMOTION.c.id == promotion.id, PROMOTION.c.state == PromotionState.WAITING.value
            )
            if self._connection.execute(waiting.values(row)).rowcount == 0:
                raise Conflict("promotion-not-waiting", f"promotion {promotion.id} is concluded already")
        if promotion.state is PromotionState.DONE:
            self._move(promotion)

    def promotion(self, promotion_id: str) -> Promotion | None:
        """One promotion."""
        row = self._connection.execute(sa.select(PROMOTION).where(PROMOTION.c.id == promotion_id)).first()
        return None if row is None else _promotion(row)

    def promotions(
        self,
        *,
        repository: str = "",
        target: str = "",
        state: str = "",
        after: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Promotion]:
        """Promotions, newest first."""
        wanted = sa.select(PROMOTION)
        for column, value in (("repository", repository), ("target", target), ("state", state)):
            if value:
                wanted = wanted.where(PROMOTION.c[column] == value)
        key = (PROMOTION.c.sequence,)
        return fetch_page(
            self._connection, wanted, key, _promotion, after=after, limit=limit, descending=True
        )

    def pointer(self, environment: str, repository: str) -> Pointer | None:
        """What the environment has of the repository."""
        wanted = sa.select(POINTER).where(
            POINTER.c.environment == environment, POINTER.c.repository == repository
        )
        row = self._connection.execute(wanted).first()
        return None if row is None else _pointer(row)

    def pointers(
        self, *, environment: str = "", repository: str = "", after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[Pointer]:
        """Pointers, by environment and repository."""
        wanted = sa.select(POINTER)
        if environment:
            wanted = wanted.where(POINTER.c.environment == environment)
        if repository:
            wanted = wanted.where(POINTER.c.repository == repository)
        key = (POINTER.c.environment, POINTER.c.repository)
        return fetch_page(self._connection, wanted, key, _pointer, after=after, limit=limit)

    def environments_of(self, digest: Digest) -> tuple[Pointer, ...]:
        """Every pointer at this digest."""
        wanted = sa.select(POINTER).where(POINTER.c.digest == digest)
        ordered = wanted.order_by(POINTER.c.environment, POINTER.c.repository)
        return tuple(_pointer(row) for row in self._connection.execute(ordered))

    def _move(self, promotion: Promotion) -> None:
        """Move the pointer from where the promotion found it, in one statement: two cannot both do so."""
        row = {
            "environment": promotion.target,
            "repository": promotion.repository,
            "digest": promotion.digest,
            "moved_at": promotion.concluded_at or promotion.requested_at,
            "moved_by": promotion.approver or promotion.requester,
        }
        if promotion.previous is None:
            moved = insert_one(self._connection, POINTER, row)
        else:
            this = POINTER.update().where(
                POINTER.c.environment == promotion.target,
                POINTER.c.repository == promotion.repository,
                POINTER.c.digest == promotion.previous,
            )
            moved = self._connection.execute(this.values(row)).rowcount > 0
        if not moved:
            raise Conflict(
                "pointer-moved",
                f"somebody else moved {promotion.repository} in {promotion.target} meanwhile",
                hint="look at what is there now, and promote again",
            )


_FIELDS = tuple(field.name for field in fields(Promotion))


def _row(promotion: Promotion) -> dict[str, Any]:
    row = {name: getattr(promotion, name) for name in _FIELDS}
    platforms = [[each.platform, each.outcome.value, each.decision] for each in promotion.platforms]
    return {**row, "kind": promotion.kind.value, "state": promotion.state.value, "platforms": platforms}


def _promotion(row: sa.Row[Any]) -> Promotion:
    stored = {name: getattr(row, name) for name in _FIELDS}
    kind, state = PromotionKind(row.kind), PromotionState(row.state)
    platforms = tuple(PlatformOutcome(name, Outcome(outcome), id_) for name, outcome, id_ in row.platforms)
    return Promotion(**{**stored, "kind": kind, "state": state, "platforms": platforms})


def _pointer(row: sa.Row[Any]) -> Pointer:
    return Pointer(row.environment, row.repository, row.digest, row.moved_at, row.moved_by)
