"""The manifest, config and index of an image with another base. Layers are named, never moved.

1. The layers are the new base's, then those of the application above the old one, then the one of fixes.
2. Media types stay in one family: Docker's where all of them are, else OCI's.
3. Annotations stay, but for what they say of the base; where it was rebased from is added.
4. An index lists the same platforms. Attestations of a build that lay beside them are about other bytes, and
   are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from lading.foundation import strict_json
from lading.lineage.fixups import FixLayer
from lading.lineage.placement import BASE_DIGEST, BASE_NAME
from lading.oci import media_types
from lading.oci.descriptor import Descriptor, Platform
from lading.oci.digest import Digest
from lading.oci.manifest import Index, Manifest

REBASED_FROM = "dev.lading.rebased-from"
PATCHED_FROM = "dev.lading.patched-from"
PREDICATE = "urn:lading:rebase:v1"
_TO_OCI = {
    media_types.DOCKER_LAYER_GZIP: media_types.OCI_LAYER_GZIP,
    "application/vnd.docker.image.rootfs.diff.tar": media_types.OCI_LAYER_TAR,
}


def rebased_config(
    merged: Mapping[str, Any], new_base: Sequence[Digest], own: Sequence[Digest], fix: FixLayer | None
) -> bytes:
    """The config with its diff ids (rule 1)."""
    fixes = [fix.diff_id] if fix is not None else []
    diff_ids = [str(each) for each in (*new_base, *own, *fixes)]
    return strict_json.encode_canonical({**merged, "rootfs": {"type": "layers", "diff_ids": diff_ids}})


def rebased_manifest(
    app: Manifest,
    new_base: Manifest,
    own_from: int,
    *,
    config: bytes,
    fix: FixLayer | None,
    base_name: str,
    base_digest: Digest,
    app_digest: Digest,
) -> bytes:
    """The manifest; ``own_from`` is the number of layers of the old base (rules 1 to 3)."""
    layers = [*new_base.layers, *app.layers[own_from:]]
    docker = app.media_type == media_types.DOCKER_MANIFEST and all(
        layer.media_type == media_types.DOCKER_LAYER_GZIP for layer in layers
    )
    if not docker:
        layers = [replace(each, media_type=_TO_OCI.get(each.media_type, each.media_type)) for each in layers]
    if fix is not None:
        type_ = media_types.DOCKER_LAYER_GZIP if docker else media_types.OCI_LAYER_GZIP
        layers.append(Descriptor(type_, fix.digest, len(fix.content)))
    config_type = media_types.DOCKER_CONFIG if docker else media_types.OCI_CONFIG
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_types.DOCKER_MANIFEST if docker else media_types.OCI_MANIFEST,
        "config": Descriptor(config_type, Digest.of(config), len(config)).to_json(),
        "layers": [layer.to_json() for layer in layers],
    }
    if not docker:
        document["annotations"] = {
            **app.annotations,
            BASE_NAME: base_name,
            BASE_DIGEST: str(base_digest),
            REBASED_FROM: str(app_digest),
        }
    return strict_json.encode_canonical(document)


class IndexedImage(Protocol):
    """A manifest that an index is to list; ``listed`` is the platform that it is listed for."""

    @property
    def raw(self) -> bytes:
        """The manifest."""
        ...

    @property
    def media_type(self) -> str:
        """Of the manifest."""
        ...

    @property
    def listed(self) -> Platform | None:
        """None where the index says nothing."""
        ...


def rebased_index(app: Index, app_digest: Digest, images: Sequence[IndexedImage]) -> bytes:
    """The index over the images (rule 4)."""
    entries = [
        Descriptor(each.media_type, Digest.of(each.raw), len(each.raw), platform=each.listed).to_json()
        for each in images
    ]
    document: dict[str, Any] = {"schemaVersion": 2, "mediaType": app.media_type, "manifests": entries}
    if app.media_type == media_types.OCI_INDEX:
        document["annotations"] = {**app.annotations, REBASED_FROM: str(app_digest)}
    return strict_json.encode_canonical(document)


def patched_manifest(image_manifest: Manifest, config: bytes, layer: FixLayer, *, image: Digest) -> bytes:
    """The manifest of an image with one more layer on top."""
    docker = image_manifest.media_type == media_types.DOCKER_MANIFEST
    type_ = media_types.DOCKER_LAYER_GZIP if docker else media_types.OCI_LAYER_GZIP
    config_type = media_types.DOCKER_CONFIG if docker else media_types.OCI_CONFIG
    layers = [*image_manifest.layers, Descriptor(type_, layer.digest, len(layer.content))]
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": image_manifest.media_type,
        "config": Descriptor(config_type, Digest.of(config), len(config)).to_json(),
        "layers": [each.to_json() for each in layers],
    }
    if not docker:
        document["annotations"] = {**image_manifest.annotations, PATCHED_FROM: str(image)}
    return strict_json.encode_canonical(document)
