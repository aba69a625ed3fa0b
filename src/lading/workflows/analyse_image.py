"""Find out what an image holds, once for each layer that nobody has looked at before.

1. The image is known by its manifest and config, which must list the same number of layers.
2. Layers that this version of the analyser has not seen are read, each in a process of its own, and kept.
3. All layers together are the image: its distribution, its packages, what hides what.
4. Layers are kept placed on that distribution.
5. The whole image is inspected, file by file: what its files may do, where they come from, what is unknown.
6. Packages of the system whose files were found changed own no packages of languages (``cataloging.owners``).
   Layers in which this, or another layer, takes an owner away are kept for this image as it has them.
7. The image is finished.

Every step is a function of digests and comes out the same when it is done again: after a crash all of it is.
What is wrong with the image itself ends in a failed analysis with the reason; what is wrong with us, or with
something that we depend on, is raised, so that the job is tried again.
"""

import contextlib
from dataclasses import dataclass, field, replace
from datetime import datetime

from lading.cataloging.analysis import ImageContents, LayerAnalysis
from lading.cataloging.distro import disown_layer, place_layer
from lading.cataloging.image_contents import combine
from lading.cataloging.layer import ANALYSER
from lading.cataloging.layer_bindings import LayerBindings
from lading.foundation.errors import Malformed, NotFound, OverLimit
from lading.image import file_list
from lading.lineage.inspection.facts import Inspection
from lading.lineage.inspection.inspect_image import inspect_image
from lading.oci.config import MAX_CONFIG_BYTES, ImageConfig, parse_config
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest, parse_manifest
from lading.packages.all_version_schemes import SCHEME_OF_TYPE
from lading.packages.package import Package
from lading.ports.blob_store import BlobReader
from lading.ports.layer_analyser import LayerAnalyser
from lading.ports.records.contents import AnalysisState, ImageAnalysis, ImageLayer, ImageRecord
from lading.ports.records.record_set import Records, RecordSet
from lading.workflows.known_stacks import KnownStacks, LayerFiles


@dataclass(frozen=True, slots=True)
class AnalysisPorts:
    """What analysing needs."""

    records: Records
    blobs: BlobReader
    analyser: LayerAnalyser
    stacks: KnownStacks = field(default_factory=KnownStacks)


@dataclass(frozen=True, slots=True)
class AnalysedImage:
    """What came of it. ``reason`` says why there are no ``contents``; ``new_layers`` were read just now."""

    image: ImageRecord
    contents: ImageContents | None
    new_layers: int
    reason: str = ""
    inspection: Inspection | None = None


def analyse_image(
    ports: AnalysisPorts, repository: str, manifest: Digest, now: datetime
) -> AnalysedImage | None:
    """Analyse an image by the numbered steps above; None where it is gone, or is no image."""
    # Step 1.
    image = _known_image(ports, repository, manifest, now)
    return None if image is None else _analyse(ports, image, now)


def analyse_described(
    ports: AnalysisPorts, digest: Digest, manifest: Manifest, now: datetime
) -> AnalysedImage:
    """Analyse an image that is in no repository of ours, by the same steps."""
    image = _described(ports, digest, manifest, now)
    with ports.records.write() as kept:
        kept.contents.save_image(image)
    return _analyse(ports, image, now)


def _analyse(ports: AnalysisPorts, image: ImageRecord, now: datetime) -> AnalysedImage:
    if image.analysis.state is AnalysisState.FAILED:
        return AnalysedImage(image, None, 0, image.analysis.reason)
    try:
        # Step 2.
        layers, fresh = _analysed_layers(ports, image)
        # Step 3.
        contents = combine(layers)
        # Step 4.
        _keep_layers(ports, image, (layers, fresh), contents)
        # Step 5.
        inspection = _inspect(ports, image, contents)
        # Step 6.
        if inspection.origins.altered:
            contents = combine(layers, altered=frozenset(inspection.origins.altered))
        # Step 7.
        finished = _finish(ports, image, layers, contents, now)
    except (Malformed, OverLimit) as error:
        with ports.records.write() as kept:
            kept.contents.fail_image(image.manifest, analyser=ANALYSER, reason=str(error), at=now)
        return AnalysedImage(image, None, 0, str(error))
    return AnalysedImage(finished, contents, len(fresh), inspection=inspection)


def _known_image(ports: AnalysisPorts, repository: str, digest: Digest, now: datetime) -> ImageRecord | None:
    with ports.records.read() as kept:
        stored = kept.registry.manifest(repository, digest)
        known = kept.contents.image(digest)
    if stored is None or stored.kind != "image":
        return None
    if known is not None and known.analysis.analyser == ANALYSER:
        return known
    manifest = parse_manifest(stored.raw, stored.media_type)
    if not isinstance(manifest, Manifest):
        return None
    image = _described(ports, digest, manifest, now)
    with ports.records.write() as kept:
        kept.contents.save_image(image)
    return image


def _described(ports: AnalysisPorts, digest: Digest, manifest: Manifest, now: datetime) -> ImageRecord:
    """The record of an image that is still to be analysed, or cannot be."""
    pending = ImageAnalysis(AnalysisState.PENDING, ANALYSER, now)
    try:
        config = parse_config(_read(ports.blobs, manifest.config.digest))
        layers = _layers(manifest, config)
    except (Malformed, OverLimit) as error:
        failed = replace(pending, state=AnalysisState.FAILED, reason=str(error))
        return ImageRecord(digest, manifest.config.digest, Platform("", ""), "", "", {}, (), failed)
    return ImageRecord(
        manifest=digest,
        config=manifest.config.digest,
        platform=config.platform,
        user=config.user,
        created=config.created,
        labels=config.labels,
        layers=layers,
        analysis=pending,
    )


def _layers(manifest: Manifest, config: ImageConfig) -> tuple[ImageLayer, ...]:
    if len(manifest.layers) != len(config.diff_ids):
        raise Malformed(
            "layers-disagree",
            f"the manifest has {len(manifest.layers)} layers and the config has {len(config.diff_ids)}",
        )
    return tuple(
        ImageLayer(
            diff_id=diff_id,
            blob=layer.digest,
            media_type=layer.media_type,
            size=layer.size,
            step=step.created_by if step else "",
        )
        for layer, diff_id, step in zip(manifest.layers, config.diff_ids, config.layer_steps(), strict=True)
    )


def _analysed_layers(ports: AnalysisPorts, image: ImageRecord) -> tuple[list[LayerAnalysis], set[Digest]]:
    """The analysis of each layer, lowest first, and those that were made just now."""
    analyses: dict[Digest, LayerAnalysis] = {}
    fresh: set[Digest] = set()
    for layer in image.layers:
        if layer.diff_id in analyses:
            continue
        with ports.records.read() as kept:
            known = kept.contents.layer(layer.diff_id, ANALYSER, blob=layer.blob)
        if known is None:
            known = ports.analyser.analyse(layer.blob, layer.diff_id)
            fresh.add(layer.diff_id)
        analyses[layer.diff_id] = known
    return [analyses[layer.diff_id] for layer in image.layers], fresh


def _keep_layers(
    ports: AnalysisPorts,
    image: ImageRecord,
    analysed: tuple[list[LayerAnalysis], set[Digest]],
    contents: ImageContents,
) -> None:
    """Keep those that are not kept: made just now, or placed on another distribution than before."""
    placed = [
        (layer, each, place_layer(each, contents.distro))
        for layer, each in zip(image.layers, analysed[0], strict=True)
    ]
    left = [
        (layer, here)
        for layer, each, here in placed
        if layer.diff_id in analysed[1] or here.placed_on != each.placed_on
    ]
    if left:
        with ports.records.write() as kept:
            for layer, here in left:
                _keep_layer(kept, layer, here)


def _keep_layer(kept: RecordSet, layer: ImageLayer, placed: LayerAnalysis) -> None:
    packages = {package for source in placed.sources for package in source.packages}
    keys = {package: key for package in packages if (key := _version_key(package)) is not None}
    kept.contents.save_layer(placed, keys, blob=layer.blob)


def _finish(
    ports: AnalysisPorts,
    image: ImageRecord,
    layers: list[LayerAnalysis],
    contents: ImageContents,
    now: datetime,
) -> ImageRecord:
    disowning = {number for number, _ in contents.disowned}
    with ports.records.write() as kept:
        for number in sorted(disowning):
            placed = place_layer(layers[number], contents.distro)
            _keep_layer(kept, image.layers[number], disown_layer(placed, contents, number))
        kept.contents.finish_image(image.manifest, contents, analyser=ANALYSER, at=now)
        finished = kept.contents.image(image.manifest)
    if finished is None:
        raise NotFound("image-unknown", f"the image {image.manifest} was deleted while it was analysed")
    return finished


def _inspect(ports: AnalysisPorts, image: ImageRecord, contents: ImageContents) -> Inspection:
    """Inspect the image by the files of its layers, outside of the transaction that keeps the result."""
    config = parse_config(_read(ports.blobs, image.config))
    with ports.records.read() as kept:

        def load(number: int) -> LayerFiles:
            layer = image.layers[number]
            files = kept.contents.layer_files(layer.diff_id, ANALYSER, blob=layer.blob)
            bindings = kept.contents.layer_bindings(layer.diff_id, ANALYSER)
            whole = files is not None and bindings is not None
            return LayerFiles(files or file_list.EMPTY, bindings or LayerBindings(), whole)

        stack = ports.stacks.stack([layer.diff_id for layer in image.layers], load)
    inspection = inspect_image(config, stack, contents)
    with ports.records.write() as kept:
        kept.contents.save_inspection(image.manifest, inspection)
    return inspection


def _version_key(package: Package) -> bytes | None:
    scheme = SCHEME_OF_TYPE.get(package.type)
    return scheme.key(package.version) if scheme else None


def _read(blobs: BlobReader, digest: Digest) -> bytes:
    """A config, whole. More than the limit is left unread, and refused by whoever parses it."""
    with contextlib.closing(blobs.read(digest, stop=MAX_CONFIG_BYTES + 1)) as stream:
        return b"".join(stream)
