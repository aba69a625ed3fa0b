"""What an index lists: an image for each platform, what goes with each of them, and the rest.

BuildKit lists an attestation manifest beside the image that it is about: for the platform
``unknown/unknown``, with the image's digest in an annotation (moby/buildkit,
docs/attestations/attestation-storage.md). It is an accessory of that image and no platform of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lading.oci import media_types
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.manifest import Index, Manifest

REFERENCE_TYPE = "vnd.docker.reference.type"
REFERENCE_DIGEST = "vnd.docker.reference.digest"
_PREDICATE_TYPE = "in-toto.io/predicate-type"
_NO_PLATFORM = "unknown/unknown"


@dataclass(frozen=True, slots=True)
class IndexEntries:
    """The entries of an index by what they are, each in the order of the index.

    ``accessories`` are by the digest of the image that they go with; ``others`` are nested indexes, entries
    that are no images, and accessories of what the index does not list.
    """

    platforms: tuple[Descriptor, ...]
    accessories: Mapping[Digest, tuple[Descriptor, ...]]
    others: tuple[Descriptor, ...]


def sort_entries(index: Index) -> IndexEntries:
    """Tell the images of an index from what goes with them."""
    platforms = tuple(entry for entry in index.manifests if is_platform(entry))
    listed = {entry.digest for entry in platforms}
    accessories: dict[Digest, tuple[Descriptor, ...]] = {}
    others: list[Descriptor] = []
    for entry in index.manifests:
        if is_platform(entry):
            continue
        about = _about(entry)
        if about in listed:
            accessories[about] = (*accessories.get(about, ()), entry)
        else:
            others.append(entry)
    return IndexEntries(platforms, accessories, tuple(others))


def is_platform(entry: Descriptor) -> bool:
    """Whether an entry of an index is an image for a platform."""
    if REFERENCE_TYPE in entry.annotations:
        return False
    return entry.media_type in media_types.MANIFESTS and str(entry.platform) != _NO_PLATFORM


def kind_of(entry: Descriptor) -> str:
    """What an accessory calls itself: ``attestation-manifest``, or the type of the artifact."""
    return entry.annotations.get(REFERENCE_TYPE) or entry.artifact_type or entry.media_type


def predicate_types(manifest: Manifest) -> tuple[str, ...]:
    """The types of the statements in an attestation manifest, as its layers name them."""
    named = (layer.annotations.get(_PREDICATE_TYPE, "") for layer in manifest.layers)
    return tuple(dict.fromkeys(name for name in named if name))


def _about(entry: Descriptor) -> Digest | None:
    text = entry.annotations.get(REFERENCE_DIGEST, "")
    # Not Digest.parse: an annotation that is no digest is about nothing, and no reason to refuse the index.
    algorithm, _, digits = text.partition(":")
    return Digest(algorithm, digits) if digits else None
