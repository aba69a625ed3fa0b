"""What must already be in a repository before a manifest may be pushed into it.

1. An image or artifact needs its config and its layers as blobs. Layers of a non-distributable type may
   live elsewhere (image-spec v1.1, "Non-Distributable Layers") and are not asked for.
2. An index needs each manifest that it lists, so that no platform of it can fail to pull. Entries that
   are no manifests may be blobs.
3. A subject need not be there: signatures may be pushed before what they sign (distribution-spec v1.1,
   "Pushing Manifests with Subject").
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from lading.oci import media_types
from lading.oci.digest import Digest
from lading.oci.manifest import Index, Manifest, ManifestOrIndex

_ANY_MANIFEST = media_types.MANIFESTS | media_types.INDEXES


@dataclass(frozen=True, slots=True)
class ManifestNeeds:
    """Digests that must be known to the repository, without repetitions, in the order of the manifest."""

    blobs: tuple[Digest, ...] = ()
    manifests: tuple[Digest, ...] = ()
    either: tuple[Digest, ...] = ()  # a manifest or a blob


def needs_of(manifest: ManifestOrIndex) -> ManifestNeeds:
    """Give what a manifest needs, by the numbered rules above."""
    match manifest:
        case Manifest():
            return ManifestNeeds(
                blobs=_distinct(
                    blob.digest
                    for blob in manifest.iter_blobs()
                    if not media_types.lives_elsewhere(blob.media_type)
                )
            )
        case Index():
            entries = manifest.manifests
            return ManifestNeeds(
                manifests=_distinct(entry.digest for entry in entries if entry.media_type in _ANY_MANIFEST),
                either=_distinct(entry.digest for entry in entries if entry.media_type not in _ANY_MANIFEST),
            )
        case _:
            assert_never(manifest)


def _distinct(digests: Iterable[Digest]) -> tuple[Digest, ...]:
    return tuple(dict.fromkeys(digests))
