"""What is used: pulled, deployed, and what goes when something goes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.registry.pulls import Pulls
from lading.registry.retention import ManifestFacts


class UseRecords(Protocol):
    """Pulls and deployments, as far as they were recorded, and the shape of repositories."""

    def note_pulls(self, pulls: Mapping[tuple[str, str], Pulls], *, at: datetime) -> None:
        """Add pulls, by repository and name (a tag or a digest); ``at`` is when they are written down."""
        ...

    def pulls(self, repository: str) -> Mapping[str, Pulls]:
        """Every name of the repository that was ever pulled."""
        ...

    def pulls_since(self) -> datetime | None:
        """Since when pulls are recorded; None where none was ever written down."""
        ...

    def deployments_since(self) -> datetime | None:
        """Since when agents report what runs; None where none ever did."""
        ...

    def deployed(self, digests: Iterable[Digest]) -> frozenset[Digest]:
        """Those that a container was ever seen to run, by the digest that it was known by."""
        ...

    def running_as(self, digests: Iterable[Digest]) -> Mapping[Digest, tuple[RunningContainer, ...]]:
        """Containers that run now and whose engine knows their image by one of these digests, of a manifest
        or an index; also of images that nobody has analysed."""
        ...

    def shape(self, repository: str) -> Mapping[Digest, ManifestFacts]:
        """Every manifest of the repository with what it lists here, without its use."""
        ...

    def freed_with(self, repository: str, manifests: Iterable[Digest]) -> int:
        """Bytes of blobs that only these manifests of this repository list, of all there are."""
        ...
