"""Passes that read everything again, and what they found damaged, in SQL."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection, in_batches
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.registry_repositories import note_change
from lading.adapters.sql.tables.registry import MANIFEST, MANIFEST_BLOB, REPOSITORY, REPOSITORY_BLOB
from lading.adapters.sql.tables.scrubs import DAMAGED_BLOB, SCRUB
from lading.adapters.sql.writing import insert_one, upsert
from lading.oci.digest import Digest
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.registry.collection import RunState
from lading.registry.scrub import Damage, DamageState, Scrub

_HEALED = DamageState.HEALED.value


class SqlScrubs(OnConnection):
    """See ``lading.ports.records.scrubs.ScrubRecords``."""

    __slots__ = ()

    def save_scrub(self, run: Scrub) -> bool:
        """Keep a pass, new or changed."""
        row = {"state": run.state.value, "revision": run.revision, "document": msgspec.to_builtins(run)}
        if run.revision == 0:
            return insert_one(self._connection, SCRUB, {"id": run.id, **row})
        change = SCRUB.update().where(SCRUB.c.id == run.id, SCRUB.c.revision == run.revision - 1)
        return self._connection.execute(change.values(row)).rowcount > 0

    def scrub(self, run_id: str) -> Scrub | None:
        """The pass of this id."""
        return self._first(sa.select(SCRUB.c.document).where(SCRUB.c.id == run_id))

    def scrubs(self, *, limit: int) -> tuple[Scrub, ...]:
        """The newest passes, newest first."""
        wanted = sa.select(SCRUB.c.document).order_by(SCRUB.c.sequence.desc()).limit(limit)
        return tuple(msgspec.convert(row, Scrub) for row in self._connection.execute(wanted).scalars())

    def last_whole(self) -> Scrub | None:
        """The newest pass that came to its end."""
        done = sa.select(SCRUB.c.document).where(SCRUB.c.state == RunState.DONE.value)
        return self._first(done.order_by(SCRUB.c.sequence.desc()).limit(1))

    def save_damage(self, damage: Damage) -> None:
        """Keep what was found."""
        upsert(self._connection, DAMAGED_BLOB, _row_of(damage))
        having = sa.select(REPOSITORY.c.name).join_from(REPOSITORY_BLOB, REPOSITORY)
        for name in self._connection.execute(
            having.where(REPOSITORY_BLOB.c.digest == damage.digest)
        ).scalars():
            note_change(self._connection, name)

    def damage_of(self, digest: Digest) -> Damage | None:
        """The damage of a blob that is not healed."""
        wanted = sa.select(DAMAGED_BLOB).where(
            DAMAGED_BLOB.c.digest == digest, DAMAGED_BLOB.c.state != _HEALED
        )
        row = self._connection.execute(wanted).first()
        return None if row is None else _damage(row)

    def damages(self, *, healed: bool, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Damage]:
        """Damaged blobs by digest."""
        state = DAMAGED_BLOB.c.state
        wanted = sa.select(DAMAGED_BLOB).where(state == _HEALED if healed else state != _HEALED)
        key = (DAMAGED_BLOB.c.digest,)
        return fetch_page(self._connection, wanted, key, _damage, after=after, limit=limit)

    def heal(self, digests: Iterable[Digest], *, at: datetime, by: str) -> tuple[Digest, ...]:
        """Note that blobs are whole again."""
        healed: list[Digest] = []
        for batch in in_batches(digests):
            change = (
                DAMAGED_BLOB.update()
                .where(DAMAGED_BLOB.c.digest.in_(batch), DAMAGED_BLOB.c.state != _HEALED)
                .values(state=_HEALED, healed_at=at, healed_by=by)
                .returning(DAMAGED_BLOB.c.digest)
            )
            healed.extend(self._connection.execute(change).scalars())
        return tuple(sorted(healed))

    def manifests_listing(self, digest: Digest, *, limit: int) -> tuple[Digest, ...]:
        """Manifests that list the blob."""
        wanted = (
            sa.select(MANIFEST.c.digest)
            .join_from(MANIFEST_BLOB, MANIFEST, MANIFEST.c.id == MANIFEST_BLOB.c.manifest_id)
            .where(MANIFEST_BLOB.c.digest == digest)
            .order_by(MANIFEST.c.id)
            .limit(limit)
        )
        return tuple(self._connection.execute(wanted).scalars())

    def _first(self, wanted: sa.Select[Any]) -> Scrub | None:
        document = self._connection.execute(wanted).scalar_one_or_none()
        return None if document is None else msgspec.convert(document, Scrub)


def _row_of(damage: Damage) -> dict[str, object]:
    return {
        "digest": damage.digest,
        "state": damage.state.value,
        "found_at": damage.found_at,
        "size": damage.size,
        "healed_at": damage.healed_at,
        "healed_by": damage.healed_by,
    }


def _damage(row: sa.Row[Any]) -> Damage:
    return Damage(row.digest, DamageState(row.state), row.found_at, row.size, row.healed_at, row.healed_by)
