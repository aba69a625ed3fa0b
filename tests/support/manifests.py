"""Small real manifests, without a registry."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lading.oci import media_types
from lading.oci.descriptor import Descriptor, Platform
from lading.oci.digest import Digest
from lading.oci.manifest import ManifestOrIndex, parse_manifest


def blob(content: bytes, media_type: str = media_types.OCI_LAYER_GZIP) -> Descriptor:
    """Describe a blob of this content."""
    return Descriptor(media_type, Digest.of(content), len(content))


def image(
    name: str = "app",
    *,
    layers: Sequence[bytes] = (b"layer one", b"layer two"),
    annotations: Mapping[str, str] | None = None,
) -> ManifestOrIndex:
    """An image manifest that differs from others by its name (in the config)."""
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": blob(f"config of {name}".encode(), media_types.OCI_CONFIG).to_json(),
        "layers": [blob(layer).to_json() for layer in layers],
    }
    if annotations:
        document["annotations"] = dict(annotations)
    return parse(document)


def artifact(
    subject: ManifestOrIndex, artifact_type: str, annotations: Mapping[str, str] | None = None
) -> ManifestOrIndex:
    """Something attached to a subject: a signature, a bill of materials."""
    return parse(
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "artifactType": artifact_type,
            "config": blob(b"{}", media_types.OCI_EMPTY).to_json(),
            "layers": [blob(b"payload", artifact_type).to_json()],
            "subject": Descriptor(subject.media_type, digest_of(subject), len(subject.raw)).to_json(),
            "annotations": dict(annotations or {}),
        }
    )


def index(*children: tuple[ManifestOrIndex, str]) -> ManifestOrIndex:
    """An index of manifests, each with its platform ("linux/arm64")."""
    entries = [
        Descriptor(
            child.media_type, digest_of(child), len(child.raw), platform=Platform(*platform.split("/"))
        ).to_json()
        for child, platform in children
    ]
    return parse({"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": entries})


def parse(document: Mapping[str, Any]) -> ManifestOrIndex:
    """Encode and read back, as a push does."""
    return parse_manifest(json.dumps(document).encode())


def digest_of(manifest: ManifestOrIndex) -> Digest:
    """The digest of a manifest's own bytes."""
    return Digest.of(manifest.raw)
