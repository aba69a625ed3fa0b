"""Package versions against advisories. Findings of images are joins over these, never rows of their own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from lading.advisories.advisory import Advisory
from lading.cataloging.analysis import InstalledPackage
from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.ports.records.contents import PackageUse
from lading.ports.records.page import DEFAULT_LIMIT, Page


class MatchStatus(StrEnum):
    """What is kept of matching: not being affected is the absence of a row."""

    AFFECTED = "affected"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Match:
    """One distinct package version against one advisory. ``reason`` is small JSON that explains it."""

    package: Package
    feed: str
    advisory_id: str
    status: MatchStatus
    reason: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ImageFinding:
    """A match that an image has, with the place of the package and the whole advisory."""

    installed: InstalledPackage
    advisory: Advisory
    status: MatchStatus
    reason: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AffectedImage:
    """An image that an advisory affects, by one of its packages."""

    use: PackageUse
    feed: str
    advisory_id: str
    status: MatchStatus


@dataclass(frozen=True, slots=True)
class AffectedContainer:
    """A running container whose image an advisory affects."""

    container: RunningContainer
    image: AffectedImage


class MatchRecords(Protocol):
    """Matches, and the joins that answer who is affected."""

    def packages_to_match(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Package]:
        """Distinct package versions that have never been matched."""
        ...

    def replace_matches(self, packages: Iterable[Package], matches: Iterable[Match]) -> None:
        """Make ``matches`` all that is known of ``packages``, which count as matched from now on."""
        ...

    def image_findings(
        self, manifest: Digest, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[ImageFinding]:
        """Findings of an image's visible packages, by package and advisory."""
        ...

    def affected_images(
        self, name: str, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[AffectedImage]:
        """Images with a package that an advisory of this id or alias (a CVE) affects, by manifest."""
        ...

    def affected_containers(
        self, name: str, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[AffectedContainer]:
        """Containers that run now, likewise, by host and container."""
        ...
