"""Which images stand on which layers, and the catalogue of bases."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from lading.lineage.catalogue import CatalogueEntry
from lading.lineage.placement import PlacedImage
from lading.oci.digest import Digest
from lading.ports.records.page import DEFAULT_LIMIT, Page


@dataclass(frozen=True, slots=True)
class RepositoryReach:
    """What of one repository stands on a stack of layers."""

    repository: str
    images: int
    containers: int  # that run now
    owner: str = ""  # the team named for just this repository


@dataclass(frozen=True, slots=True)
class Reach:
    """What stands on a stack of layers. An image in two repositories counts in both, but once in all."""

    images: int
    containers: int
    repositories: tuple[RepositoryReach, ...]  # by name


@dataclass(frozen=True, slots=True)
class Foundation:
    """Images that begin with the same layers, of which no image in the registry is made."""

    chain: Digest  # of the layers that all of them share
    depth: int
    images: int
    example: Digest


class LineageRecords(Protocol):
    """Chains of layers. Everything here is a function of images' configs, but for the catalogue."""

    def place(self, images: Iterable[PlacedImage]) -> None:
        """Keep where images stand. Placing again changes nothing."""
        ...

    def forget(self, manifest: Digest) -> None:
        """Remove an image that is gone."""
        ...

    def placed(self, manifest: Digest) -> PlacedImage | None:
        """Where one image stands."""
        ...

    def placed_many(self, manifests: Iterable[Digest]) -> Mapping[Digest, PlacedImage]:
        """Where these images stand; those that were not placed are absent."""
        ...

    def running_counts(self) -> Mapping[Digest, int]:
        """How many containers run now of every image that runs; an index counts for each of its images."""
        ...

    def indexes_listing(self, manifests: Iterable[Digest]) -> Mapping[tuple[str, Digest], Digest]:
        """The index that lists an image, by repository and image; images that none lists are absent."""
        ...

    def unplaced(self, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[Digest]:
        """Images that are known and were not placed yet, by manifest."""
        ...

    def ending_at(self, chains: Iterable[Digest]) -> tuple[PlacedImage, ...]:
        """Images whose layers are exactly one of these chains, by depth and manifest; at most 200 of each."""
        ...

    def standing_on(self, chain: Digest, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Page[PlacedImage]:
        """Images whose layers begin with this chain, those that are it among them, by manifest."""
        ...

    def reach(self, chains: Iterable[Digest]) -> Reach:
        """Count what stands on any of these chains: images, running containers, repositories."""
        ...

    def reach_of_images(self, manifests: Iterable[Digest]) -> Reach:
        """Count these images themselves in the same way."""
        ...

    def reach_of_flaws(self, flaws: Iterable[str]) -> Reach:
        """Count images that one of these flaws affects."""
        ...

    def foundations(self, *, limit: int = DEFAULT_LIMIT) -> tuple[Foundation, ...]:
        """Groups of images without a base in the registry, by their lowest layer, the largest first."""
        ...

    def bases(self, *, limit: int = DEFAULT_LIMIT) -> Mapping[Digest, int]:
        """Images that others stand on, with how many, the most used first."""
        ...

    def save_entry(self, entry: CatalogueEntry) -> None:
        """Keep an entry of the catalogue, in place of the one of this name."""
        ...

    def remove_entry(self, name: str) -> bool:
        """Remove an entry; False when there was none."""
        ...

    def catalogue(self) -> tuple[CatalogueEntry, ...]:
        """All entries, by name."""
        ...
