"""Tags and their history in SQL."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.connection import OnConnection
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.registry_repositories import note_change, repository_id
from lading.adapters.sql.tables.registry import (
    MANIFEST,
    REPOSITORY,
    REPOSITORY_MANIFEST,
    TAG,
    TAG_EVENT,
)
from lading.adapters.sql.writing import upsert
from lading.foundation.errors import NotFound
from lading.oci.digest import Digest
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.registry import Tag, TagMove

_TAGS = (
    sa.select(REPOSITORY.c.name.label("repository"), TAG, MANIFEST.c.digest)
    .join_from(TAG, REPOSITORY, REPOSITORY.c.id == TAG.c.repository_id)
    .join(MANIFEST, MANIFEST.c.id == TAG.c.manifest_id)
)


class SqlTags(OnConnection):
    """The part of ``RegistryRecords`` about tags."""

    __slots__ = ()

    def move_tag(self, repository: str, name: str, digest: Digest, *, at: datetime, by: str) -> Digest | None:
        """Point the tag at a manifest of this repository; return where it pointed before."""
        pushed = self._connection.execute(
            sa.select(REPOSITORY_MANIFEST.c.repository_id, REPOSITORY_MANIFEST.c.manifest_id)
            .join(MANIFEST, MANIFEST.c.id == REPOSITORY_MANIFEST.c.manifest_id)
            .join(REPOSITORY, REPOSITORY.c.id == REPOSITORY_MANIFEST.c.repository_id)
            .where(REPOSITORY.c.name == repository, MANIFEST.c.digest == digest)
            # Moves in one repository take turns: history has no forks. NO KEY, because every push holds a
            # key-share lock on the repository by its foreign key, and two of those would wait for each other.
            .with_for_update(of=REPOSITORY, key_share=True)
        ).first()
        if pushed is None:
            raise NotFound("manifest-unknown", f"{repository} has no manifest {digest}")
        before = self.tag(repository, name)
        row = {**pushed._mapping, "name": name, "moved_at": at, "moved_by": by}
        if before is None or before.digest != digest:
            upsert(self._connection, TAG, row)
            note_change(self._connection, repository)
            ends = {"before": before.digest if before else None, "after": digest}
            self._record(pushed.repository_id, name, at=at, by=by, **ends)
        return before.digest if before else None

    def tag(self, repository: str, name: str) -> Tag | None:
        """Where the tag points."""
        wanted = _TAGS.where(REPOSITORY.c.name == repository, TAG.c.name == name)
        row = self._connection.execute(wanted).first()
        return None if row is None else _tag(row)

    def tags(self, repository: str, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Tag]:
        """Tags by name."""
        wanted = _TAGS.where(REPOSITORY.c.name == repository)
        return fetch_page(self._connection, wanted, (TAG.c.name,), _tag, after=after, limit=limit)

    def tag_names(self, repository: str, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[str]:
        """Names of tags, in order."""
        wanted = sa.select(TAG.c.name).where(TAG.c.repository_id == repository_id(repository))
        return fetch_page(self._connection, wanted, (TAG.c.name,), _name, after=after, limit=limit)

    def tags_of(self, repository: str, digest: Digest) -> tuple[str, ...]:
        """Names of the tags that point to the manifest, in order."""
        wanted = _TAGS.where(REPOSITORY.c.name == repository, MANIFEST.c.digest == digest)
        return tuple(row.name for row in self._connection.execute(wanted.order_by(TAG.c.name)))

    def delete_tag(self, repository: str, name: str, *, at: datetime, by: str) -> bool:
        """Remove the tag, not the manifest."""
        here = (TAG.c.repository_id == repository_id(repository), TAG.c.name == name)
        gone = self._connection.execute(
            TAG.delete().where(*here).returning(TAG.c.repository_id, TAG.c.manifest_id)
        ).first()
        if gone is None:
            return False
        note_change(self._connection, repository)
        pointed = sa.select(MANIFEST.c.digest).where(MANIFEST.c.id == gone.manifest_id)
        before = self._connection.execute(pointed).scalar_one()
        self._record(gone.repository_id, name, at=at, by=by, before=before)
        return True

    def tag_history(
        self, repository: str, name: str, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[TagMove]:
        """Every move of the tag, newest first."""
        wanted = sa.select(TAG_EVENT).where(
            TAG_EVENT.c.repository_id == repository_id(repository), TAG_EVENT.c.name == name
        )

        def move(row: sa.Row[Any]) -> TagMove:
            return TagMove(repository, row.name, row.before, row.after, row.at, row.by)

        key = (TAG_EVENT.c.sequence,)
        return fetch_page(self._connection, wanted, key, move, after=after, limit=limit, descending=True)

    def _record(self, repository: int, name: str, *, at: datetime, by: str, **ends: Digest | None) -> None:
        row = {"repository_id": repository, "name": name, "at": at, "by": by, "before": None, "after": None}
        self._connection.execute(TAG_EVENT.insert(), row | ends)


def _name(row: sa.Row[Any]) -> str:
    return str(row[0])


def _tag(row: sa.Row[Any]) -> Tag:
    return Tag(row.repository, row.name, row.digest, row.moved_at, row.moved_by)
