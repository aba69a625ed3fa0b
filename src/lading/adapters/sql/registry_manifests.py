"""Manifests, where they were pushed, and their edges, in SQL."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lading.adapters.sql.connection import in_batches, may_write
from lading.adapters.sql.paging import fetch_page
from lading.adapters.sql.registry_repositories import SqlRepositories, note_change, repository_id
from lading.adapters.sql.tables.registry import (
    MANIFEST,
    MANIFEST_BLOB,
    MANIFEST_CHILD,
    REPOSITORY,
    REPOSITORY_BLOB,
    REPOSITORY_MANIFEST,
    TAG,
    TAG_EVENT,
)
from lading.adapters.sql.writing import insert_new, insert_one
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.manifest import Index, Manifest, ManifestOrIndex
from lading.ports.records.page import DEFAULT_LIMIT, Page
from lading.ports.records.registry import StoredManifest

_PUSHED = (
    sa.select(
        REPOSITORY.c.name.label("repository"),
        MANIFEST,
        REPOSITORY_MANIFEST.c.media_type,
        REPOSITORY_MANIFEST.c.pushed_at,
        REPOSITORY_MANIFEST.c.pushed_by,
    )
    .join_from(REPOSITORY_MANIFEST, REPOSITORY)
    .join(MANIFEST, MANIFEST.c.id == REPOSITORY_MANIFEST.c.manifest_id)
)


class SqlManifests(SqlRepositories):
    """The part of ``RegistryRecords`` about manifests."""

    __slots__ = ()

    def save_manifest(
        self, repository: str, digest: Digest, manifest: ManifestOrIndex, *, at: datetime, by: str
    ) -> StoredManifest:
        """Keep a manifest with its edges to children, blobs and subject."""
        here = self._connection.execute(sa.select(repository_id(repository))).scalar_one_or_none()
        if here is None:
            self.ensure_repository(repository, at=at, by=by)
            here = self._connection.execute(sa.select(repository_id(repository))).scalar_one()
        row = {
            "repository_id": here,
            "manifest_id": self._keep_content(digest, manifest),
            "media_type": manifest.media_type,
            "pushed_at": at,
            "pushed_by": by,
        }
        if insert_one(self._connection, REPOSITORY_MANIFEST, row):
            if isinstance(manifest, Index) or manifest.subject is not None:
                # What is said of another manifest: whether it is signed may change with it.
                note_change(self._connection, repository)
            return _just_stored(repository, digest, manifest, at=at, by=by)
        stored = self.manifest(repository, digest)
        assert stored is not None
        return stored

    def manifest(self, repository: str, digest: Digest) -> StoredManifest | None:
        """The manifest, if it was pushed into this repository."""
        wanted = _PUSHED.where(REPOSITORY.c.name == repository, MANIFEST.c.digest == digest)
        row = self._connection.execute(wanted).first()
        return None if row is None else _stored(row)

    def manifest_anywhere(self, digest: Digest) -> StoredManifest | None:
        """The manifest from the first repository (by name) that has it."""
        wanted = _PUSHED.where(MANIFEST.c.digest == digest).order_by(REPOSITORY.c.name).limit(1)
        row = self._connection.execute(wanted).first()
        return None if row is None else _stored(row)

    def manifests(
        self, repository: str, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[StoredManifest]:
        """Every manifest of a repository, by digest."""
        wanted = _PUSHED.where(REPOSITORY.c.name == repository)
        return fetch_page(self._connection, wanted, (MANIFEST.c.digest,), _stored, after=after, limit=limit)

    def missing_manifests(self, repository: str, digests: Iterable[Digest]) -> tuple[Digest, ...]:
        """Those of ``digests`` that this repository has no manifest for."""
        wanted = tuple(dict.fromkeys(digests))
        present: set[Digest] = set()
        for batch in in_batches(wanted):
            here = (
                sa.select(MANIFEST.c.digest)
                .join(REPOSITORY_MANIFEST, REPOSITORY_MANIFEST.c.manifest_id == MANIFEST.c.id)
                .where(
                    REPOSITORY_MANIFEST.c.repository_id == repository_id(repository),
                    MANIFEST.c.digest.in_(batch),
                )
            )
            if may_write(self._connection):
                held = here.order_by(MANIFEST.c.digest)
                here = held.with_for_update(read=True, key_share=True, of=REPOSITORY_MANIFEST)
            present.update(self._connection.execute(here).scalars())
        return tuple(digest for digest in wanted if digest not in present)

    def hold_manifest(self, repository: str, digest: Digest) -> bool:
        """Keep others from relying on a manifest that is about to be deleted."""
        held = (
            sa.select(REPOSITORY_MANIFEST.c.sequence)
            .join(MANIFEST, MANIFEST.c.id == REPOSITORY_MANIFEST.c.manifest_id)
            .where(
                REPOSITORY_MANIFEST.c.repository_id == repository_id(repository), MANIFEST.c.digest == digest
            )
            .with_for_update(of=REPOSITORY_MANIFEST)
        )
        return self._connection.execute(held).first() is not None

    def indexes_of(self, repository: str, child: Digest) -> tuple[Digest, ...]:
        """The indexes in this repository that list ``child``."""
        return self._pushed_here(repository, MANIFEST_CHILD, child)

    def manifests_with_blob(self, repository: str, digest: Digest) -> tuple[Digest, ...]:
        """Manifests of this repository that need the blob."""
        return self._pushed_here(repository, MANIFEST_BLOB, digest)

    def referrers(
        self,
        repository: str,
        subject: Digest,
        *,
        artifact_types: Collection[str] = (),
        after: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Descriptor]:
        """Descriptors of the manifests whose subject is this."""
        wanted = _PUSHED.where(REPOSITORY.c.name == repository, MANIFEST.c.subject == subject)
        if artifact_types:
            wanted = wanted.where(MANIFEST.c.artifact_type.in_(artifact_types))
        return fetch_page(
            self._connection, wanted, (MANIFEST.c.digest,), _descriptor, after=after, limit=limit
        )

    def delete_manifest(self, repository: str, digest: Digest, *, at: datetime, by: str) -> bool:
        """Forget the manifest here, and every tag that points to it."""
        # Locked, so that nobody who pushes the same bytes elsewhere now finds them half deleted.
        content = sa.select(MANIFEST.c.id).where(MANIFEST.c.digest == digest).with_for_update()
        manifest_id = self._connection.execute(content).scalar_one_or_none()
        here = (
            REPOSITORY_MANIFEST.c.repository_id == repository_id(repository),
            REPOSITORY_MANIFEST.c.manifest_id == manifest_id,
        )
        note_change(self._connection, repository)
        self._delete_tags(repository, manifest_id, digest, at=at, by=by)
        self._claim_blobs_of(repository, manifest_id, at=at)
        if not self._connection.execute(REPOSITORY_MANIFEST.delete().where(*here)).rowcount:
            return False
        elsewhere = sa.select(REPOSITORY_MANIFEST.c.sequence).where(
            REPOSITORY_MANIFEST.c.manifest_id == manifest_id
        )
        if self._connection.execute(elsewhere.limit(1)).first() is None:
            for edges in (MANIFEST_CHILD, MANIFEST_BLOB):
                self._connection.execute(edges.delete().where(edges.c.manifest_id == manifest_id))
            self._connection.execute(MANIFEST.delete().where(MANIFEST.c.id == manifest_id))
        return True

    def _claim_blobs_of(self, repository: str, manifest_id: int | None, *, at: datetime) -> None:
        listed = sa.select(MANIFEST_BLOB.c.digest).where(MANIFEST_BLOB.c.manifest_id == manifest_id)
        here = (
            REPOSITORY_BLOB.c.repository_id == repository_id(repository),
            REPOSITORY_BLOB.c.digest.in_(listed),
        )
        # In order, so that two deletions of images with a layer in common do not wait in a ring.
        held = sa.select(REPOSITORY_BLOB.c.digest).where(*here).order_by(REPOSITORY_BLOB.c.digest)
        self._connection.execute(held.with_for_update(key_share=True)).all()
        self._connection.execute(REPOSITORY_BLOB.update().where(*here).values(claimed_at=at))

    def _delete_tags(
        self, repository: str, manifest_id: int | None, digest: Digest, *, at: datetime, by: str
    ) -> None:
        here = (TAG.c.repository_id == repository_id(repository), TAG.c.manifest_id == manifest_id)
        gone = self._connection.execute(TAG.delete().where(*here).returning(TAG.c.repository_id, TAG.c.name))
        events = [
            {"repository_id": tag.repository_id, "name": tag.name, "before": digest, "at": at, "by": by}
            for tag in sorted(gone.all(), key=lambda tag: str(tag.name))
        ]
        if events:
            self._connection.execute(TAG_EVENT.insert(), events)

    def _keep_content(self, digest: Digest, manifest: ManifestOrIndex) -> int:
        """Keep bytes and edges once, whichever repositories have them; return the row."""
        content = sa.select(MANIFEST.c.id).where(MANIFEST.c.digest == digest)
        locked = content.with_for_update(read=True, key_share=True)
        while True:  # more than once only where a deletion comes between the two statements
            made = insert_one(self._connection, MANIFEST, _content_row(digest, manifest))
            manifest_id = self._connection.execute(locked).scalar_one_or_none()
            if manifest_id is not None:
                break
        if made:
            insert_new(self._connection, MANIFEST_CHILD, _child_rows(manifest_id, manifest))
            insert_new(self._connection, MANIFEST_BLOB, _blob_rows(manifest_id, manifest))
        return int(manifest_id)

    def _pushed_here(self, repository: str, edges: sa.Table, to: Digest) -> tuple[Digest, ...]:
        wanted = (
            sa.select(MANIFEST.c.digest)
            .distinct()
            .join_from(edges, MANIFEST, MANIFEST.c.id == edges.c.manifest_id)
            .join(REPOSITORY_MANIFEST, REPOSITORY_MANIFEST.c.manifest_id == MANIFEST.c.id)
            .where(edges.c.digest == to, REPOSITORY_MANIFEST.c.repository_id == repository_id(repository))
            .order_by(MANIFEST.c.digest)
        )
        return tuple(self._connection.execute(wanted).scalars())


def _content_row(digest: Digest, manifest: ManifestOrIndex) -> dict[str, Any]:
    return {
        "digest": digest,
        "raw": manifest.raw,
        "size": len(manifest.raw),
        "kind": _kind(manifest),
        "subject": manifest.subject.digest if manifest.subject is not None else None,
        "artifact_type": manifest.artifact_type,
        "annotations": manifest.annotations,
        "blob_bytes": sum(row["size"] for row in _blob_rows(0, manifest)),
    }


def _kind(manifest: ManifestOrIndex) -> str:
    if isinstance(manifest, Index):
        return "index"
    return "image" if manifest.is_image else "artifact"


def _child_rows(manifest_id: int, manifest: ManifestOrIndex) -> list[dict[str, Any]]:
    if not isinstance(manifest, Index):
        return []
    return [
        {
            "manifest_id": manifest_id,
            "position": position,
            "digest": child.digest,
            "platform": str(child.platform) if child.platform is not None else "",
        }
        for position, child in enumerate(manifest.manifests)
    ]


def _blob_rows(manifest_id: int, manifest: ManifestOrIndex) -> list[dict[str, Any]]:
    """Each blob once: layers may repeat (empty ones do)."""
    if not isinstance(manifest, Manifest):
        return []
    blobs = {blob.digest: blob.size for blob in manifest.iter_blobs()}
    return [{"manifest_id": manifest_id, "digest": digest, "size": size} for digest, size in blobs.items()]


def _just_stored(
    repository: str, digest: Digest, manifest: ManifestOrIndex, *, at: datetime, by: str
) -> StoredManifest:
    return StoredManifest(
        repository=repository,
        digest=digest,
        media_type=manifest.media_type,
        raw=manifest.raw,
        kind=_kind(manifest),
        subject=manifest.subject.digest if manifest.subject is not None else None,
        artifact_type=manifest.artifact_type,
        annotations=manifest.annotations,
        pushed_at=at,
        pushed_by=by,
    )


def _stored(row: sa.Row[Any]) -> StoredManifest:
    return StoredManifest(
        repository=row.repository,
        digest=row.digest,
        media_type=row.media_type,
        raw=row.raw,
        kind=row.kind,
        subject=row.subject,
        artifact_type=row.artifact_type,
        annotations=row.annotations,
        pushed_at=row.pushed_at,
        pushed_by=row.pushed_by,
    )


def _descriptor(row: sa.Row[Any]) -> Descriptor:
    return Descriptor(
        media_type=row.media_type,
        digest=row.digest,
        size=row.size,
        artifact_type=row.artifact_type,
        annotations=row.annotations,
    )
