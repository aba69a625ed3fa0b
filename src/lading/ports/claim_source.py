"""Where signatures and attestations of an image are looked for: our own records, or another registry."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Protocol

from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest


class ClaimSource(Protocol):
    """Looks things up in one repository.

    None and empty mean that the thing is not there. A look-up that could not be made raises a LadingError
    (Upstream, mostly) or OSError: whoever asks must not take that for an answer.
    """

    def at_once(self) -> AbstractContextManager["ClaimSource"]:
        """Give a source for several look-ups in a row, which may see one state and cost less together.

        Blobs are not read in it: that may take its time.
        """
        ...

    def tagged_manifest(self, repository: str, tag: str) -> bytes | None:
        """The manifest that a tag points to, as its raw bytes."""
        ...

    def manifest(self, repository: str, digest: Digest) -> bytes | None:
        """The manifest of this digest, as its raw bytes."""
        ...

    def referrers(
        self, repository: str, subject: Digest, artifact_types: Collection[str], limit: int
    ) -> list[Descriptor]:
        """Manifests of these types whose subject this is, at most ``limit`` of them."""
        ...

    def blob(self, repository: str, digest: Digest, max_bytes: int) -> bytes | None:
        """The content of this digest, cut after ``max_bytes`` bytes."""
        ...

    def indexes_of(self, repository: str, manifest: Digest) -> list[Digest]:
        """The indexes that list this manifest, as far as they are known."""
        ...
