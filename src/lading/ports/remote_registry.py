"""Another registry, as content is brought in from it. It says yes, no, or does not help: three answers.

Every method blocks. None raises for what the other side does: that is a value.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.ports.claim_source import ClaimSource
from lading.registry.rate_limits import Quota
from lading.registry.upstreams import UpstreamRegistry


@dataclass(frozen=True, slots=True)
class RemoteManifest:
    """A manifest as the other registry sent it, with the digest of just these bytes."""

    digest: Digest
    media_type: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class RemoteBlob:
    """A blob that arrives: its whole size, and the bytes from where they were asked for.

    The chunks are not verified. Iterating raises Upstream ``upstream-broke-off`` where they end too early.
    """

    size: int | None  # bytes; None where the other side does not say
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Absent:
    """The other registry said that it has no such thing."""

    said: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nobody can tell: it was not reached, or answered something that is neither yes nor no."""

    why: str
    until: datetime | None = None  # when it wants to be asked again


DigestAnswer: TypeAlias = Digest | Absent | Unanswered
ManifestAnswer: TypeAlias = RemoteManifest | Absent | Unanswered
BlobAnswer: TypeAlias = RemoteBlob | Absent | Unanswered
SizeAnswer: TypeAlias = int | Absent | Unanswered
TagsAnswer: TypeAlias = tuple[str, ...] | Absent | Unanswered
ReferrersAnswer: TypeAlias = tuple[Descriptor, ...] | Unanswered


class RemoteRegistry(Protocol):
    """One other registry."""

    @property
    def quota(self) -> Quota:
        """What the last answer said of how often it wants to be asked."""
        ...

    def tag(self, repository: str, tag: str) -> DigestAnswer:
        """Ask by HEAD what a tag is at now."""
        ...

    def manifest(self, repository: str, reference: str) -> ManifestAnswer:
        """Get a manifest by tag or digest; by digest, Unanswered for any other bytes."""
        ...

    def blob_size(self, repository: str, digest: Digest) -> SizeAnswer:
        """Ask by HEAD for a blob."""
        ...

    def open_blob(
        self, repository: str, digest: Digest, *, start: int = 0
    ) -> AbstractContextManager[BlobAnswer]:
        """Open the bytes of a blob from ``start`` on."""
        ...

    def tags(self, repository: str, *, limit: int) -> TagsAnswer:
        """List tags; Unanswered where there are more than ``limit``."""
        ...

    def referrers(self, repository: str, subject: Digest, *, limit: int) -> ReferrersAnswer:
        """List what refers to a manifest, also by the tag that stands in for a list."""
        ...

    def claims(self, repository: str) -> ClaimSource:
        """What is claimed about images of a repository, by whatever name they are asked for."""
        ...


OpenRemote: TypeAlias = Callable[[UpstreamRegistry], RemoteRegistry]
"""Gives the registry behind an upstream; raises Forbidden where its password cannot be read."""
