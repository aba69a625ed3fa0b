"""Artifacts that refer to an image (OCI image-spec v1.1, manifest.md, "Guidelines for Artifact Usage")."""

from collections.abc import Mapping

from lading.foundation import strict_json
from lading.oci import media_types
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest

EMPTY_CONTENT = b"{}"
EMPTY = Descriptor(media_types.OCI_EMPTY, Digest.of(EMPTY_CONTENT), len(EMPTY_CONTENT))


def artifact_manifest(
    artifact_type: str, content: Descriptor, subject: Descriptor, annotations: Mapping[str, str]
) -> bytes:
    """Write the manifest of an artifact with one blob; the same arguments give the same bytes."""
    bare_subject = Descriptor(subject.media_type, subject.digest, subject.size)
    return strict_json.encode_canonical(
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "artifactType": artifact_type,
            "config": EMPTY.to_json(),
            "layers": [content.to_json()],
            "subject": bare_subject.to_json(),
            "annotations": dict(annotations),
        }
    )
