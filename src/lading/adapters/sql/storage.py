"""What is stored, and the work of keeping it, in SQL."""

import msgspec
import sqlalchemy as sa

from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.storage_sweeps import SqlSweeps
from lading.adapters.sql.tables.registry import REPOSITORY, REPOSITORY_BLOB
from lading.adapters.sql.tables.storage import COLLECTION
from lading.adapters.sql.writing import insert_one
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.storage import Link
from lading.registry.collection import Collection


class SqlStorage(SqlSweeps):
    """See ``lading.ports.records.storage.StorageRecords``."""

    __slots__ = ()

    def links(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Link]:
        """Every link."""
        wanted = sa.select(REPOSITORY.c.name, REPOSITORY_BLOB).join_from(REPOSITORY_BLOB, REPOSITORY)
        key = (REPOSITORY_BLOB.c.repository_id, REPOSITORY_BLOB.c.digest)
        return fetch_page(
            self._connection,
            wanted,
            key,
            lambda row: Link(row.name, row.digest, row.size),
            after=after,
            limit=limit,
        )

    def counts(self) -> tuple[int, int]:
        """How many links there are, and how many distinct blobs they link."""
        digest = REPOSITORY_BLOB.c.digest
        both = sa.select(sa.func.count(), sa.func.count(sa.distinct(digest))).select_from(REPOSITORY_BLOB)
        links, blobs = self._connection.execute(both).one()
        return int(links), int(blobs)

    def save_collection(self, run: Collection) -> bool:
        """Keep a collection, new or changed."""
        row = {
            "state": run.state.value,
            "revision": run.revision,
            "document": msgspec.to_builtins(run),
        }
        if run.revision == 0:
            return insert_one(self._connection, COLLECTION, {"id": run.id, **row})
        change = COLLECTION.update().where(
            COLLECTION.c.id == run.id, COLLECTION.c.revision == run.revision - 1
        )
        return self._connection.execute(change.values(row)).rowcount > 0

    def collection(self, run_id: str) -> Collection | None:
        """The collection of this id."""
        wanted = sa.select(COLLECTION.c.document).where(COLLECTION.c.id == run_id)
        document = self._connection.execute(wanted).scalar_one_or_none()
        return None if document is None else msgspec.convert(document, Collection)

    def collections(self, *, limit: int) -> tuple[Collection, ...]:
        """The newest collections, newest first."""
        wanted = sa.select(COLLECTION.c.document).order_by(COLLECTION.c.sequence.desc()).limit(limit)
        return tuple(
            msgspec.convert(document, Collection) for document in self._connection.execute(wanted).scalars()
        )
