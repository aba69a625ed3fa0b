"""Repositories and what was pushed into them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.manifest import ManifestOrIndex
from lading.ports.records.page import DEFAULT_LIMIT, Page


@dataclass(frozen=True, slots=True)
class Repository:
    """A name that manifests are pushed under; made by its first push."""

    name: str
    created_at: datetime
    created_by: str
    owner: str = ""  # a team, where one was named for just this repository


@dataclass(frozen=True, slots=True)
class StoredManifest:
    """A manifest or index as it was pushed into one repository."""

    repository: str
    digest: Digest
    media_type: str
    raw: bytes
    kind: str  # "image", "index" or "artifact"
    subject: Digest | None
    artifact_type: str
    annotations: Mapping[str, str]
    pushed_at: datetime
    pushed_by: str


@dataclass(frozen=True, slots=True)
class Tag:
    """Where a tag points now."""

    repository: str
    name: str
    digest: Digest
    moved_at: datetime
    moved_by: str


@dataclass(frozen=True, slots=True)
class TagMove:
    """One step in the life of a tag. ``before`` is None when it was made, ``after`` when it was deleted."""

    repository: str
    name: str
    before: Digest | None
    after: Digest | None
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class BlobMembership:
    """A blob that may be pulled from a repository."""

    repository: str
    digest: Digest
    size: int  # bytes
    linked_at: datetime
    claimed_at: datetime  # when somebody last relied on it (rule C2 of ``registry.collection``)


@dataclass(frozen=True, slots=True)
class ImageListing:
    """One image or index of a repository, as lists show it."""

    repository: str
    digest: Digest
    kind: str  # "image" or "index"
    media_type: str
    tags: tuple[str, ...]
    platform: str  # "linux/amd64"; of an index its platforms, comma-separated; empty until analysed
    size: int  # bytes of config and layers as stored; of an index those of its manifests that are here
    pushed_at: datetime
    pushed_by: str


@dataclass(frozen=True, slots=True)
class Place:
    """A repository that has a manifest, with the tags by which it is reached there."""

    repository: str
    tags: tuple[str, ...]  # of the manifest, and of indexes in the repository that list it


class RegistryRecords(Protocol):
    """What is where. Blobs' bytes are elsewhere (the blob store); manifests' bytes are here."""

    def ensure_repository(self, name: str, *, at: datetime, by: str) -> Repository:
        """Return the repository, made now if there was none."""
        ...

    def repository(self, name: str) -> Repository | None:
        """The repository of this name."""
        ...

    def repositories(
        self, *, prefix: str = "", owner: str = "", after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[Repository]:
        """Repositories by name; of ``owner``, those that name the team themselves."""
        ...

    def repository_names(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[str]:
        """Names of repositories, in order."""
        ...

    def set_repository_owner(self, name: str, team: str) -> bool:
        """Name the team that answers for the repository; False when there is no such repository."""
        ...

    def save_manifest(
        self, repository: str, digest: Digest, manifest: ManifestOrIndex, *, at: datetime, by: str
    ) -> StoredManifest:
        """Keep a manifest with its edges to children, blobs and subject. Pushing again changes nothing."""
        ...

    def manifest(self, repository: str, digest: Digest) -> StoredManifest | None:
        """The manifest, if it was pushed into this repository."""
        ...

    def manifest_anywhere(self, digest: Digest) -> StoredManifest | None:
        """The manifest from the first repository (by name) that has it."""
        ...

    def manifests(
        self, repository: str, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[StoredManifest]:
        """Every manifest of a repository, by digest."""
        ...

    def missing_manifests(self, repository: str, digests: Iterable[Digest]) -> tuple[Digest, ...]:
        """Those of ``digests`` that this repository has no manifest for. In a write block, the others are
        held until it ends: nobody deletes them meanwhile."""
        ...

    def indexes_of(self, repository: str, child: Digest) -> tuple[Digest, ...]:
        """The indexes in this repository that list ``child``."""
        ...

    def delete_manifest(self, repository: str, digest: Digest, *, at: datetime, by: str) -> bool:
        """Forget the manifest here, and every tag that points to it; False when it was not here.

        The blobs that it lists are claimed (rule C3 of ``registry.collection``).
        """
        ...

    def referrers(
        self,
        repository: str,
        subject: Digest,
        *,
        artifact_types: Collection[str] = (),
        after: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Descriptor]:
        """Descriptors of the manifests whose subject is this, by digest, with type and annotations.

        Where types are named, only those of these types.
        """
        ...

    def move_tag(self, repository: str, name: str, digest: Digest, *, at: datetime, by: str) -> Digest | None:
        """Point the tag at a manifest of this repository; return where it pointed before.

        Raises NotFound ``manifest-unknown`` when the repository has no such manifest.
        """
        ...

    def tag(self, repository: str, name: str) -> Tag | None:
        """Where the tag points."""
        ...

    def tags(self, repository: str, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Tag]:
        """Tags by name."""
        ...

    def tag_names(self, repository: str, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[str]:
        """Names of tags, in order: what clients list, without what each points to."""
        ...

    def tags_of(self, repository: str, digest: Digest) -> tuple[str, ...]:
        """Names of the tags that point to the manifest, in order."""
        ...

    def delete_tag(self, repository: str, name: str, *, at: datetime, by: str) -> bool:
        """Remove the tag, not the manifest; False when there was none."""
        ...

    def tag_history(
        self, repository: str, name: str, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[TagMove]:
        """Every move of the tag, newest first, also after it was deleted."""
        ...

    def link_blob(self, repository: str, digest: Digest, size: int, *, at: datetime) -> None:
        """Let the blob be pulled from the repository, and claim it. Linking again only claims it again.

        Raises NotFound ``repository-unknown``.
        """
        ...

    def link_blobs(self, repository: str, sizes: Mapping[Digest, int], *, at: datetime) -> None:
        """Do the same for several, each with its size."""
        ...

    def claim_blob(self, repository: str, digest: Digest, *, at: datetime) -> bool:
        """Keep an unneeded link from being collected for a while; False where there is no link."""
        ...

    def blob_is_listed(self, repository: str, digest: Digest) -> bool:
        """Whether a manifest of this repository lists the blob."""
        ...

    def pass_gate(self, digest: Digest) -> None:
        """Keep content from being removed until the block ends: for who looks whether it is there, to link it
        (rule C5 of ``registry.collection``)."""
        ...

    def blob(self, repository: str, digest: Digest) -> BlobMembership | None:
        """The blob, if it may be pulled from this repository."""
        ...

    def repositories_with_blob(self, digest: Digest, *, limit: int = DEFAULT_LIMIT) -> tuple[str, ...]:
        """Names of repositories that have the blob, in order: where it may be mounted from."""
        ...

    def blobs_first_seen(self, digests: Iterable[Digest]) -> Mapping[Digest, datetime]:
        """When each was linked in any repository for the first time, of the links that there are now; blobs
        that no repository has are absent."""
        ...

    def missing_blobs(self, repository: str, digests: Iterable[Digest]) -> tuple[Digest, ...]:
        """Those of ``digests`` that are not linked in the repository. In a write block, the links of the
        others are held until it ends (rule C4 of ``registry.collection``)."""
        ...

    def hold_manifest(self, repository: str, digest: Digest) -> bool:
        """Keep others from relying on a manifest that is about to be deleted; False when it is not here.

        Ask before looking who relies on it.
        """
        ...

    def hold_blob(self, repository: str, digest: Digest) -> bool:
        """Keep others from relying on a link that is about to be removed; False when it is not here."""
        ...

    def manifests_with_blob(self, repository: str, digest: Digest) -> tuple[Digest, ...]:
        """Manifests of this repository that need the blob."""
        ...

    def unlink_blob(self, repository: str, digest: Digest) -> bool:
        """Take the blob out of the repository; False when it was not in it."""
        ...

    def places_of(self, manifests: Iterable[Digest]) -> Mapping[Digest, tuple[Place, ...]]:
        """Where each manifest is, by repository; manifests that are nowhere are absent."""
        ...

    def images(
        self, *, repository: str = "", after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[ImageListing]:
        """Images and indexes, newest first, of one repository or of all."""
        ...
