"""Make the manifest and configuration of what has none: one layer, which is all there is."""

from collections.abc import Mapping, Sequence
from typing import Any

from lading.adapters.sources.blob_files import BlobFiles
from lading.foundation import strict_json
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.ports.image_source import OpenedImage, SourceKind


def image_of_layer(
    name: str,
    kind: SourceKind,
    blobs: BlobFiles,
    layer: tuple[Digest, int],
    config: Mapping[str, Any] | None = None,
) -> OpenedImage:
    """An image of one layer (and its size) that ``blobs`` has; ``config`` is what is known of how it runs."""
    document = {
        "os": "linux",
        "architecture": "",
        "config": {},
        **(config or {}),
        "rootfs": {"type": "layers", "diff_ids": [str(layer[0])]},
    }
    return image_of_layers(name, kind, blobs, strict_json.encode_canonical(document), [layer])


def image_of_layers(
    name: str, kind: SourceKind, blobs: BlobFiles, config: bytes, layers: Sequence[tuple[Digest, int]]
) -> OpenedImage:
    """An image of a configuration as it is, and of layers with their sizes."""
    manifest = strict_json.encode_canonical(
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": {
                "mediaType": media_types.OCI_CONFIG,
                "digest": str(blobs.add_content(config)),
                "size": len(config),
            },
            "layers": [
                {"mediaType": media_types.OCI_LAYER_TAR, "digest": str(digest), "size": size}
                for digest, size in layers
            ],
        }
    )
    return OpenedImage(name, kind, manifest, media_types.OCI_MANIFEST, blobs)
