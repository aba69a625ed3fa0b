"""Signatures and attestations that lie in our own registry."""

from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from lading.ports.records.record_set import Records


class LocalClaims:
    """The ``ClaimSource`` port over records and blob store."""

    def __init__(self, records: Records, blobs: BlobStore) -> None:
        self._records = records
        self._blobs = blobs

    def tagged_manifest(self, repository: str, tag: str) -> bytes | None:
        """The manifest that a tag points to."""
        with self._records.read() as kept:
            found = kept.registry.tag(repository, tag)
            stored = kept.registry.manifest(repository, found.digest) if found is not None else None
        return None if stored is None else stored.raw

    def manifest(self, repository: str, digest: Digest) -> bytes | None:
        """The manifest of this digest."""
        with self._records.read() as kept:
            stored = kept.registry.manifest(repository, digest)
        return None if stored is None else stored.raw

    def referrers(self, repository: str, subject: Digest, artifact_type: str, limit: int) -> list[Descriptor]:
        """Manifests whose subject this is."""
        with self._records.read() as kept:
            page = kept.registry.referrers(repository, subject, artifact_type=artifact_type, limit=limit)
        return list(page.items)

    def blob(self, repository: str, digest: Digest, max_bytes: int) -> bytes | None:
        """The content of a blob of the repository. Raises NotFound where the store has lost it."""
        with self._records.read() as kept:
            if kept.registry.blob(repository, digest) is None:
                return None
        stream = self._blobs.read(digest, stop=max_bytes)
        try:
            return b"".join(stream)
        finally:
            stream.close()

    def indexes_of(self, repository: str, manifest: Digest) -> list[Digest]:
        """The indexes that list this manifest."""
        with self._records.read() as kept:
            return list(kept.registry.indexes_of(repository, manifest))
