"""Signatures and attestations that lie in our own registry."""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from lading.ports.claim_source import ClaimSource
from lading.ports.records.record_set import Records, RecordSet


class LocalClaims:
    """The ``ClaimSource`` port over records and blob store."""

    def __init__(self, records: Records, blobs: BlobStore) -> None:
        self._records = records
        self._blobs = blobs

    @contextmanager
    def at_once(self) -> Iterator[ClaimSource]:
        """A source that looks things up in one read block."""
        with self._records.read() as kept:
            yield _InOneBlock(kept, self._blobs)

    def tagged_manifest(self, repository: str, tag: str) -> bytes | None:
        """The manifest that a tag points to."""
        with self.at_once() as source:
            return source.tagged_manifest(repository, tag)

    def manifest(self, repository: str, digest: Digest) -> bytes | None:
        """The manifest of this digest."""
        with self.at_once() as source:
            return source.manifest(repository, digest)

    def referrers(
        self, repository: str, subject: Digest, artifact_types: Collection[str], limit: int
    ) -> list[Descriptor]:
        """Manifests whose subject this is."""
        with self.at_once() as source:
            return source.referrers(repository, subject, artifact_types, limit)

    def blob(self, repository: str, digest: Digest, max_bytes: int) -> bytes | None:
        """The content of a blob of the repository. Raises NotFound where the store has lost it."""
        with self._records.read() as kept:
            if kept.registry.blob(repository, digest) is None:
                return None
        return _content(self._blobs, digest, max_bytes)

    def indexes_of(self, repository: str, manifest: Digest) -> list[Digest]:
        """The indexes that list this manifest."""
        with self.at_once() as source:
            return source.indexes_of(repository, manifest)


class _InOneBlock:
    """A ``ClaimSource`` over records that are open."""

    def __init__(self, kept: RecordSet, blobs: BlobStore) -> None:
        self._kept = kept
        self._blobs = blobs

    def at_once(self) -> AbstractContextManager[ClaimSource]:
        return nullcontext(self)

    def tagged_manifest(self, repository: str, tag: str) -> bytes | None:
        found = self._kept.registry.tag(repository, tag)
        return None if found is None else self.manifest(repository, found.digest)

    def manifest(self, repository: str, digest: Digest) -> bytes | None:
        stored = self._kept.registry.manifest(repository, digest)
        return None if stored is None else stored.raw

    def referrers(
        self, repository: str, subject: Digest, artifact_types: Collection[str], limit: int
    ) -> list[Descriptor]:
        page = self._kept.registry.referrers(repository, subject, artifact_types=artifact_types, limit=limit)
        return list(page.items)

    def blob(self, repository: str, digest: Digest, max_bytes: int) -> bytes | None:
        if self._kept.registry.blob(repository, digest) is None:
            return None
        return _content(self._blobs, digest, max_bytes)

    def indexes_of(self, repository: str, manifest: Digest) -> list[Digest]:
        return list(self._kept.registry.indexes_of(repository, manifest))


def _content(blobs: BlobStore, digest: Digest, max_bytes: int) -> bytes:
    stream = blobs.read(digest, stop=max_bytes)
    try:
        return b"".join(stream)
    finally:
        stream.close()
