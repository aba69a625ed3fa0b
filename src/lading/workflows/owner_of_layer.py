"""Which image of the registry brought a layer: the lowest of the lineage that has it.

A layer is named by its digest as stored, or by that of its content (the diff id). Images that are not
analysed yet are found by the former alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lading.oci.digest import Digest
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import RecordSet
from lading.ports.records.registry import Place
from lading.workflows.show_lineage import find_lineage, place_of_level

MOST_LOOKED = 200  # images with the layer: a layer of a base is in hundreds that all say the same


@dataclass(frozen=True, slots=True)
class LayerSighting:
    """Where a layer comes from: ``repository`` is that of the level's image, empty where it could not be
    told, with the reason."""

    repository: str
    chain: tuple[str, ...]
    reason: str = ""


def layer_sightings(
    kept: RecordSet, digest: Digest, visible: Callable[[str], bool]
) -> tuple[LayerSighting, ...]:
    """What brought the layer, each repository once, as images show it that are in visible repositories."""
    found: dict[tuple[str, str], LayerSighting] = {}
    for repository, manifest in _images_with(kept, digest, visible):
        seen = _sighting(kept, repository, manifest, digest)
        if seen is not None:
            found.setdefault((seen.repository, seen.reason and manifest.hex), seen)
    told = tuple(each for each in found.values() if each.repository)
    return told or tuple(found.values())


def _images_with(
    kept: RecordSet, digest: Digest, visible: Callable[[str], bool]
) -> Iterator[tuple[str, Digest]]:
    left = MOST_LOOKED
    for repository in kept.registry.repositories_with_blob(digest, limit=MAX_LIMIT):
        if not visible(repository):
            continue
        for manifest in kept.registry.manifests_with_blob(repository, digest)[:left]:
            left -= 1
            yield repository, manifest
        if not left:
            return
    named = kept.contents.images_with_layer(digest, limit=left)
    for manifest, places in kept.registry.places_of(named).items():
        repository = next((place.repository for place in places if visible(place.repository)), "")
        if repository:
            yield repository, manifest


def _sighting(kept: RecordSet, repository: str, manifest: Digest, digest: Digest) -> LayerSighting | None:
    stored = kept.registry.manifest(repository, manifest)
    if stored is None or stored.kind != "image":
        return None
    image, placed = kept.contents.image(manifest), kept.lineage.placed(manifest)
    if image is None or placed is None:
        reason = f"the layers of {repository}@{manifest} were not looked at yet; ask again in a moment"
        return LayerSighting("", (), reason)
    at = next((at for at, one in enumerate(image.layers) if digest in (one.blob, one.diff_id)), None)
    if at is None:
        return None  # the configuration of an image is a blob too
    lineage, _ = find_lineage(kept, placed)
    level = lineage.levels[lineage.level_of(at)]
    places = kept.registry.places_of(level.images)
    shown, place = place_of_level(level.images, places, repository, manifest)
    told = f"layer {at + 1} of {len(image.layers)} of {repository}@{manifest}"
    if place is None:
        return LayerSighting("", (told,), "the image that brought it is in no repository any more")
    return LayerSighting(place.repository, (told, f"brought by {_name(place, shown)}"))


def _name(place: Place, manifest: Digest) -> str:
    return f"{place.repository}:{place.tags[0]}" if place.tags else f"{place.repository}@{manifest}"
