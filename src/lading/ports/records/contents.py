"""What layers and images hold. Layers are kept once, whichever images have them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from lading.cataloging.analysis import Distro, ImageContents, InstalledPackage, LayerAnalysis
from lading.cataloging.layer_bindings import LayerBindings
from lading.image.file_list import FileList
from lading.lineage.inspection.facts import Inspection
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.ports.records.page import DEFAULT_LIMIT, Page


class AnalysisState(StrEnum):
    """How far the analysis of an image has come."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ImageLayer:
    """One layer of an image. ``step`` is the build step that made it, empty where nobody said."""

    diff_id: Digest
    blob: Digest
    media_type: str
    size: int  # bytes, as stored
    step: str = ""


@dataclass(frozen=True, slots=True)
class ImageAnalysis:
    """The state of an image's analysis: ``reason`` says why it failed."""

    state: AnalysisState
    analyser: str  # its version
    changed_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """An image for one platform, by the digest of its manifest."""

    manifest: Digest
    config: Digest
    platform: Platform
    user: str
    created: str  # as the config says: RFC 3339, empty where it does not
    labels: Mapping[str, str]
    layers: tuple[ImageLayer, ...]  # lowest first
    analysis: ImageAnalysis
    distro: Distro | None = None  # known when the analysis is done


@dataclass(frozen=True, slots=True)
class PackageUse:
    """A package in an image, and the file that says so."""

    manifest: Digest
    package: Package
    path: str
    layer: int  # index of the layer that first brought this package version


@dataclass(frozen=True, slots=True)
class KnownPackage:
    """A package version, and the number by which the records know it."""

    number: int
    package: Package
    new: bool = False  # whether it was never matched


@dataclass(frozen=True, slots=True)
class Reach:
    """How far something reaches: in how many images it is visible, in how many running containers."""

    images: int
    containers: int


@dataclass(frozen=True, slots=True)
class Uses:
    """Where packages are visible: one page of it, and how much all of it is."""

    page: Page[PackageUse]
    reach: Reach


@dataclass(frozen=True, slots=True)
class ImageScope:
    """Which images are looked at; None lets all through.

    ``chains`` are stacks of layers one of which they stand on, ``repositories`` where they are, ``manifests``
    what they are or which index lists them. ``at`` is a past moment: images that had been pushed by then, and
    containers that ran then.
    """

    chains: tuple[Digest, ...] | None = None
    repositories: tuple[str, ...] | None = None
    manifests: tuple[Digest, ...] | None = None
    pushed_from: datetime | None = None
    pushed_until: datetime | None = None
    running: bool = False
    at: datetime | None = None


EVERYWHERE = ImageScope()


@dataclass(frozen=True, slots=True)
class SbomDocument:
    """A bill of materials that was made for an image, kept as a blob and attached by a referrer."""

    manifest: Digest
    format: str  # "cyclonedx-1.6", "spdx-2.3"
    document: Digest
    referrer: Digest  # the artifact manifest whose subject is the image
    made_at: datetime


@dataclass(frozen=True, slots=True)
class PushedImage:
    """An image where it was pushed to."""

    repository: str
    manifest: Digest


class ContentsRecords(Protocol):
    """Layer analyses, images, packages, bills of materials."""

    def missing_layers(self, diff_ids: Iterable[Digest], analyser: str) -> tuple[Digest, ...]:
        """Those of ``diff_ids`` of which this analyser has no whole analysis, in order, each once."""
        ...

    def save_layer(
        self, analysis: LayerAnalysis, version_keys: Mapping[Package, bytes], *, blob: Digest
    ) -> None:
        """Keep an analysis. Saving again changes nothing: it is a function of its key.

        The key is diff id, analyser and ``placed_on``; and ``blob``, which was read, too where the analysis
        is not whole. ``version_keys`` order versions within their scheme bytewise; a package without one is
        not comparable. Raises OverLimit ``package-name-too-long``.
        """
        ...

    def layer(
        self, diff_id: Digest, analyser: str, *, placed_on: str | None = None, blob: Digest | None = None
    ) -> LayerAnalysis | None:
        """A whole analysis of the layer, or else the one of ``blob`` that is not whole.

        Without ``placed_on`` it is any one: they differ only in where packages of the system are placed, and
        ``cataloging.distro.place_layer`` places them anew. Comes without ``files``, which ``layer_files``
        gives.
        """
        ...

    def layer_files(self, diff_id: Digest, analyser: str, *, blob: Digest | None = None) -> FileList | None:
        """The files of a layer, by the whole analysis, or else by the one of ``blob`` that is not whole."""
        ...

    def files_of(self, manifest: Digest) -> tuple[FileList, ...]:
        """The files of an image's layers, lowest first; raises NotFound ``layer-not-analysed``."""
        ...

    def layer_bindings(self, diff_id: Digest, analyser: str) -> LayerBindings | None:
        """What the programs of a layer ask of others; None where it was not read to its end."""
        ...

    def layers_of(self, manifest: Digest) -> tuple[LayerAnalysis, ...]:
        """The analyses of an image's layers, lowest first; raises NotFound ``layer-not-analysed``."""
        ...

    def save_image(self, image: ImageRecord) -> None:
        """Keep an image, or put it in place of the one with this manifest."""
        ...

    def image(self, manifest: Digest) -> ImageRecord | None:
        """The image with this manifest."""
        ...

    def images_by_config(self, config: Digest) -> tuple[Digest, ...]:
        """Manifests of images with this config: an engine knows an image by its config."""
        ...

    def images_with_layer(self, diff_id: Digest, *, limit: int = DEFAULT_LIMIT) -> tuple[Digest, ...]:
        """Manifests of analysed images that have the layer of this content, in order."""
        ...

    def finish_image(self, manifest: Digest, contents: ImageContents, *, analyser: str, at: datetime) -> None:
        """The analysis is done: every layer is saved, placed on the distribution of ``contents``.

        ``contents`` are those layers combined; packages of the image are read from the layers from now on.
        Raises NotFound ``image-unknown`` or ``layer-not-analysed``.
        """
        ...

    def forget_image(self, manifest: Digest) -> bool:
        """Remove the image, when its last manifest is deleted; False when there was none."""
        ...

    def fail_image(self, manifest: Digest, *, analyser: str, reason: str, at: datetime) -> None:
        """The analysis came to nothing."""
        ...

    def images_to_analyse(
        self, analyser: str, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[PushedImage]:
        """Images that this version of the analyser has neither done nor failed, as they were pushed.

        Those that nobody has begun to look at are among them: a push that was the last thing before a crash.
        """
        ...

    def image_packages(
        self, manifest: Digest, *, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[InstalledPackage]:
        """Packages that are visible in an image, by type, namespace, name, version and path."""
        ...

    def package_counts(self, manifests: Iterable[Digest]) -> Mapping[Digest, int]:
        """How many packages are visible in each image; images without any, and unknown ones, are absent."""
        ...

    def find_packages(
        self, *, name_prefix: str, package_type: str = "", after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Page[Package]:
        """Distinct package versions by name, in any layer."""
        ...

    def packages_called(
        self, name: str, *, package_type: str = "", namespace: str = ""
    ) -> tuple[KnownPackage, ...]:
        """Distinct package versions that have this name, or whose source has it."""
        ...

    def known(self, packages: Iterable[Package]) -> tuple[KnownPackage, ...]:
        """Those of ``packages`` that some layer has, in order."""
        ...

    def packages_licensed(self, pattern: str) -> tuple[int, ...]:
        """Numbers of package versions under a licence, in any case; ``*`` at its end stands for any end."""
        ...

    def images_with_file(
        self, sha256: bytes, *, within: ImageScope = EVERYWHERE, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Uses:
        """Images with a layer that has a file of this content, also where a higher layer hides it.

        They come as uses of a package without a name, whose path is the file's, by image.
        """
        ...

    def images_with_path(
        self, pattern: str, *, within: ImageScope = EVERYWHERE, after: str = "", limit: int = DEFAULT_LIMIT
    ) -> Uses:
        """Images with a layer that has a file at such a path (``lading.matching.question.AskedPath``).

        They come as those of ``images_with_file``. Raises OverLimit ``path-too-common``.
        """
        ...

    def repositories_with(self, packages: Iterable[int]) -> Mapping[int, tuple[str, ...]]:
        """Repositories, by name, with an image in which each of these package versions is visible."""
        ...

    def images_within(self, within: ImageScope, *, after: str = "", limit: int = DEFAULT_LIMIT) -> Uses:
        """All images of a scope, as uses of a package without a name and without a path."""
        ...

    def uses_of(
        self,
        packages: Iterable[int],
        *,
        within: ImageScope = EVERYWHERE,
        after: str = "",
        limit: int = DEFAULT_LIMIT,
    ) -> Uses:
        """Where package versions are visible, by image, package and path; packages by their numbers."""
        ...

    def save_inspection(self, manifest: Digest, inspection: Inspection) -> None:
        """Keep what an inspection of the whole image found. Raises NotFound ``image-unknown``."""
        ...

    def inspection(self, manifest: Digest) -> Inspection | None:
        """What the last inspection found; None where there was none."""
        ...

    def save_sbom(self, document: SbomDocument) -> None:
        """Remember a bill of materials, in place of the one of this format for this image."""
        ...

    def sboms(self, manifest: Digest) -> tuple[SbomDocument, ...]:
        """The image's bills of materials, by format."""
        ...
