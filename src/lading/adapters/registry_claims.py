"""Signatures and attestations that lie in another registry, or in ours as any client sees it."""

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext

from lading.adapters.registry_client import RegistryClient
from lading.foundation.errors import NotFound
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.ports.claim_source import ClaimSource


class RegistryClaims:
    """The ``ClaimSource`` port over the distribution API.

    Only 404 means that something is not there; a registry that is busy, asks for a sign-in or talks nonsense
    raises.
    """

    def __init__(self, client: RegistryClient) -> None:
        self._client = client

    def at_once(self) -> AbstractContextManager[ClaimSource]:
        """This one: the connection is kept anyhow."""
        return nullcontext(self)

    def tagged_manifest(self, repository: str, tag: str) -> bytes | None:
        """The manifest that a tag points to."""
        return self._manifest(repository, tag)

    def manifest(self, repository: str, digest: Digest) -> bytes | None:
        """The manifest of this digest, verified against it."""
        return self._manifest(repository, str(digest))

    def referrers(
        self, repository: str, subject: Digest, artifact_types: Collection[str], limit: int
    ) -> list[Descriptor]:
        """Manifests whose subject this is."""
        return self._client.referrers(repository, subject, artifact_types=artifact_types, limit=limit)

    def blob(self, repository: str, digest: Digest, max_bytes: int) -> bytes | None:
        """The content of a blob, verified. Raises Upstream where it is larger than ``max_bytes``."""
        try:
            return self._client.pull_blob(repository, digest, max_bytes=max_bytes)
        except NotFound:
            return None

    def indexes_of(self, _repository: str, _manifest: Digest) -> list[Digest]:
        """None: the distribution API cannot be asked which indexes list a manifest."""
        return []

    def _manifest(self, repository: str, reference: str) -> bytes | None:
        try:
            return self._client.pull_manifest(repository, reference)[0]
        except NotFound:
            return None
