"""Warnings to people who use a registry client (distribution-spec v1.1, "Warnings").

1. The code is 299, the agent "-", and there is no date.
2. All of them together have at most 4,096 bytes; what does not fit is left out.
3. The text is quoted as RFC 9110 quotes strings, and holds nothing that could begin another header.
"""

from collections.abc import Iterable

from lading.oci import media_types
from lading.oci.manifest import Manifest, ManifestOrIndex

_MOST = 4096  # bytes


def warning_values(texts: Iterable[str]) -> list[str]:
    """Write the values of Warning headers, by the numbered rules."""
    values: list[str] = []
    left = _MOST
    for text in dict.fromkeys(texts):
        plain = "".join(each if each.isascii() and each.isprintable() else "?" for each in text)
        quoted = plain.replace("\\", "\\\\").replace('"', '\\"')
        value = f'299 - "{quoted}"'
        left -= len(value)
        if left < 0:
            break
        values.append(value)
    return values


def warnings_about(manifest: ManifestOrIndex) -> list[str]:
    """What is accepted today and will trouble who pulls it."""
    if not isinstance(manifest, Manifest):
        return []
    found = []
    if manifest.media_type == media_types.OCI_ARTIFACT_MANIFEST:
        found.append(
            "artifact manifests were dropped before OCI 1.1; push an image manifest with artifactType"
        )
    if any(media_types.lives_elsewhere(layer.media_type) for layer in manifest.layers):
        found.append("non-distributable layers are deprecated, and pulled from elsewhere if at all")
    return found
