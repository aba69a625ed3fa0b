"""Look into an image that is in no registry of ours, by the same steps as into one that was pushed.

What layers hold is kept in the records that are given, so that the next image with the same layers costs
nothing; advisories are those of the same records.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from lading.cataloging.analysis import (
    Distro,
    ImageContents,
    LayerAnalysis,
    OsRelease,
    PackageSource,
    Unreadable,
)
from lading.cataloging.dependencies import Dependencies
from lading.cataloging.layer import ANALYSER
from lading.foundation.errors import Malformed, NotFound
from lading.lineage.inspection.facts import Inspection
from lading.oci.config import MAX_CONFIG_BYTES, ImageConfig, parse_config
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest, parse_manifest
from lading.packages.package import Package
from lading.packages.realm import RealmNumbers
from lading.ports.image_source import OpenedImage
from lading.ports.layer_analyser import LayerAnalyser
from lading.ports.records.advisories import FeedState
from lading.ports.records.contents import ImageRecord
from lading.ports.records.matches import ImageFinding
from lading.ports.records.record_set import Records, RecordSet
from lading.sbom.reading import ReadSbom, read_sbom
from lading.workflows.analyse_image import AnalysisPorts, analyse_described
from lading.workflows.feed_standing import unjudged_in
from lading.workflows.match_packages import match_packages
from lading.workflows.why_here import dependencies_in

_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class ScannedImage:
    """All that is known of it."""

    source: OpenedImage
    digest: Digest
    config: ImageConfig
    image: ImageRecord
    layers: tuple[LayerAnalysis, ...]
    contents: ImageContents
    findings: tuple[ImageFinding, ...]
    feeds: tuple[FeedState, ...]
    new_layers: int
    inspection: Inspection
    unjudged: RealmNumbers  # packages for which no advisories are held
    dependencies: Dependencies = field(default_factory=Dependencies)


def scan_image(records: Records, analyser: LayerAnalyser, source: OpenedImage, now: datetime) -> ScannedImage:
    """Scan it. Raises Malformed ``image-not-analysable`` and ``not-an-image``."""
    manifest = parse_manifest(source.manifest, source.media_type)
    if not isinstance(manifest, Manifest) or not manifest.is_image:
        raise Malformed("not-an-image", f"{source.name} is no image that can run")
    digest = Digest.of(source.manifest)
    done = analyse_described(AnalysisPorts(records, source.blobs, analyser), digest, manifest, now)
    if done.contents is None:
        raise Malformed("image-not-analysable", f"{source.name} cannot be analysed: {done.reason}")
    for _ in match_packages(records):
        pass
    with records.read() as kept:
        return ScannedImage(
            source=source,
            digest=digest,
            config=_config(source, manifest),
            image=done.image,
            layers=kept.contents.layers_of(digest),
            contents=done.contents,
            findings=tuple(_iter_findings(kept, digest)),
            feeds=kept.advisories.feeds(),
            new_layers=done.new_layers,
            inspection=done.inspection or Inspection(),
            unjudged=unjudged_in(kept, digest),
            dependencies=dependencies_in(kept, done.image, done.contents),
        )


class _Declared:
    """A LayerAnalyser whose answer is what a bill of materials declares."""

    def __init__(self, content: bytes, path: str) -> None:
        self._content = content
        self._path = path

    def analyse(self, blob: Digest, diff_id: Digest) -> LayerAnalysis:
        """Say of the document what is said of a layer."""
        if blob != Digest.of(self._content):
            raise NotFound("blob-unknown", f"{blob} is not the document")
        sbom = read_sbom(self._content)
        by_path: dict[str, list[Package]] = {}
        for one in sbom.declared:
            by_path.setdefault(one.path or self._path, []).append(one.package)
        return LayerAnalysis(
            diff_id=diff_id,
            analyser=ANALYSER,
            whole=False,  # what a document says of itself is true of this document and of no layer
            sources=tuple(
                PackageSource(path, sbom.format, tuple(dict.fromkeys(packages)))
                for path, packages in sorted(by_path.items())
            ),
            secrets=(),
            unreadable=tuple(
                Unreadable(
                    self._path, sbom.format, f"it declares {label or 'a component'} without a usable purl"
                )
                for label in sbom.unnamed
            ),
            whiteouts=(),
            opaque=(),
            replaced=(),
            links=(),
            releases=_release(sbom),
            file_count=0,
            byte_count=len(self._content),
        )


def scan_sbom(records: Records, content: bytes, source: OpenedImage, now: datetime) -> ScannedImage:
    """Match what a bill of materials declares. ``source`` has it as its one layer. Raises Malformed."""
    read_sbom(content)  # what cannot be read at all is an error, and no image without packages
    return scan_image(records, _Declared(content, source.name), source, now)


def _release(sbom: ReadSbom) -> tuple[OsRelease, ...]:
    """The distribution, by what the document or its packages say, so that they are placed on it."""
    of_packages = Counter(one.package.distro for one in sbom.declared if one.package.distro)
    key = sbom.system or next((distro for distro, _ in of_packages.most_common(1)), "")
    if not key:
        return ()
    system, _, version = key.partition("-")
    return (OsRelease("etc/os-release", Distro(system, version, f"{system} {version}".strip())),)


def _iter_findings(kept: RecordSet, digest: Digest) -> Iterator[ImageFinding]:
    after = ""
    while True:
        page = kept.matches.image_findings(digest, after=after, limit=_PAGE)
        yield from page.items
        after = page.next
        if not after:
            return


def _config(source: OpenedImage, manifest: Manifest) -> ImageConfig:
    stream = source.blobs.read(manifest.config.digest, stop=MAX_CONFIG_BYTES + 1)
    try:
        return parse_config(b"".join(stream))
    finally:
        stream.close()
