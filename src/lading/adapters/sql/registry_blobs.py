"""Which blobs may be pulled from where, in SQL."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from lading.adapters.sql.connection import in_batches, may_write
from lading.adapters.sql.gates import pass_gate
from lading.adapters.sql.registry_repositories import SqlRepositories, note_change, repository_id
from lading.adapters.sql.storage_sweeps import LISTED
from lading.adapters.sql.tables.registry import REPOSITORY, REPOSITORY_BLOB
from lading.adapters.sql.tables.scrubs import DAMAGED_BLOB
from lading.adapters.sql.writing import upsert_all
from lading.foundation.errors import NotFound
from lading.oci.digest import Digest
from lading.ports.records.page import DEFAULT_LIMIT
from lading.ports.records.registry import BlobMembership
from lading.registry.scrub import DamageState

DAMAGED = sa.exists().where(
    DAMAGED_BLOB.c.digest == REPOSITORY_BLOB.c.digest, DAMAGED_BLOB.c.state != DamageState.HEALED.value
)


class SqlBlobMemberships(SqlRepositories):
    """The part of ``RegistryRecords`` about blobs."""

    __slots__ = ()

    def link_blob(self, repository: str, digest: Digest, size: int, *, at: datetime) -> None:
        """Let the blob be pulled from the repository."""
        self.link_blobs(repository, {digest: size}, at=at)

    def link_blobs(self, repository: str, sizes: Mapping[Digest, int], *, at: datetime) -> None:
        """Let blobs be pulled from the repository."""
        found = self._connection.execute(sa.select(repository_id(repository))).scalar_one_or_none()
        if found is None:
            raise NotFound("repository-unknown", f"there is no repository {repository}")
        # In an order that everybody keeps: nobody waits in a ring.
        rows = [
            {
                "repository_id": found,
                "digest": digest,
                "size": size,
                "linked_at": at,
                "claimed_at": at,
            }
            for digest, size in sorted(sizes.items())
        ]
        upsert_all(self._connection, REPOSITORY_BLOB, rows, only=("claimed_at",))

    def claim_blob(self, repository: str, digest: Digest, *, at: datetime) -> bool:
        """Keep an unneeded link from being collected for a while."""
        claim = REPOSITORY_BLOB.update().where(*_here(repository, digest)).values(claimed_at=at)
        return self._connection.execute(claim).rowcount > 0

    def blob_is_listed(self, repository: str, digest: Digest) -> bool:
        """Whether a manifest of this repository lists the blob."""
        wanted = (
            sa.select(sa.literal(1)).select_from(REPOSITORY_BLOB).where(*_here(repository, digest), LISTED)
        )
        return self._connection.execute(wanted.limit(1)).first() is not None

    def pass_gate(self, digest: Digest) -> None:
        """Keep content from being removed until the block ends."""
        pass_gate(self._connection, digest)

    def hold_blob(self, repository: str, digest: Digest) -> bool:
        """Keep others from relying on a link that is about to be removed."""
        held = sa.select(REPOSITORY_BLOB.c.digest).where(*_here(repository, digest)).with_for_update()
        return self._connection.execute(held).first() is not None

    def blob(self, repository: str, digest: Digest) -> BlobMembership | None:
        """The blob, if it may be pulled from this repository."""
        row = self._connection.execute(sa.select(REPOSITORY_BLOB).where(*_here(repository, digest))).first()
        if row is None:
            return None
        return BlobMembership(repository, row.digest, row.size, row.linked_at, row.claimed_at)

    def repositories_with_blob(self, digest: Digest, *, limit: int = DEFAULT_LIMIT) -> tuple[str, ...]:
        """Names of repositories that have the blob, in order."""
        wanted = (
            sa.select(REPOSITORY.c.name)
            .join_from(REPOSITORY_BLOB, REPOSITORY)
            .where(REPOSITORY_BLOB.c.digest == digest)
            .order_by(REPOSITORY.c.name)
            .limit(limit)
        )
        return tuple(self._connection.execute(wanted).scalars())

    def blobs_first_seen(self, digests: Iterable[Digest]) -> Mapping[Digest, datetime]:
        """When each was linked in any repository for the first time."""
        found: dict[Digest, datetime] = {}
        for batch in in_batches(dict.fromkeys(digests)):
            wanted = (
                sa.select(REPOSITORY_BLOB.c.digest, sa.func.min(REPOSITORY_BLOB.c.linked_at).label("at"))
                .where(REPOSITORY_BLOB.c.digest.in_(batch))
                .group_by(REPOSITORY_BLOB.c.digest)
            )
            found.update((row.digest, row.at) for row in self._connection.execute(wanted))
        return found

    def missing_blobs(self, repository: str, digests: Iterable[Digest]) -> tuple[Digest, ...]:
        """Those of ``digests`` that are not linked in the repository, or are damaged."""
        wanted = tuple(dict.fromkeys(digests))
        present: set[Digest] = set()
        for batch in in_batches(wanted):
            here = sa.select(REPOSITORY_BLOB.c.digest).where(
                REPOSITORY_BLOB.c.repository_id == repository_id(repository),
                REPOSITORY_BLOB.c.digest.in_(batch),
            )
            here = here.where(~DAMAGED)
            if may_write(self._connection):
                here = here.order_by(REPOSITORY_BLOB.c.digest).with_for_update(read=True, key_share=True)
            present.update(self._connection.execute(here).scalars())
        return tuple(digest for digest in wanted if digest not in present)

    def unlink_blob(self, repository: str, digest: Digest) -> bool:
        """Take the blob out of the repository."""
        note_change(self._connection, repository)
        gone = REPOSITORY_BLOB.delete().where(*_here(repository, digest))
        return self._connection.execute(gone).rowcount > 0


def _here(repository: str, digest: Digest) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    columns = REPOSITORY_BLOB.c
    return columns.repository_id == repository_id(repository), columns.digest == digest
