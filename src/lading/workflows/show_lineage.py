"""What an image was built on, level by level, who answers for which layers, and whose its findings are.

1. The chain is found by layers alone: nothing that the image says of itself is needed.
2. What it says is compared with that.
3. Where no image in the registry stands below it, one that it resembles is named, as a guess.
4. Every level has its owner, and every finding goes to the owner of the layer that brought it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lading.access.ownership import Owned, Team
from lading.access.verbs import Verb
from lading.foundation.errors import Malformed, NotFound
from lading.lineage.catalogue import CatalogueEntry, Standing, standing_of
from lading.lineage.ownership import LayerKind, OwnedLayers, kind_of, route
from lading.lineage.placement import Lineage, PlacedImage, lineage_of
from lading.lineage.resemblance import Guess, guess_base
from lading.oci.digest import Digest
from lading.oci.manifest import Index, parse_manifest
from lading.ports.records.contents import ImageRecord
from lading.ports.records.matches import ImageFinding
from lading.ports.records.page import MAX_LIMIT
from lading.ports.records.record_set import Records, RecordSet
from lading.ports.records.registry import Place
from lading.registry.caller import Caller
from lading.workflows.rights import find_owner, load_ownership_rules
from lading.workflows.show_image import find_image

MOST_GUESSED = 200  # bases that an image without one is compared with
MOST_PLATFORMS = 50


@dataclass(frozen=True, slots=True)
class ShownLevel:
    """One level for people. ``places`` are the repositories and tags of its image that the caller may see."""

    manifest: Digest
    others: tuple[Digest, ...]  # further images with the same layers
    kind: LayerKind
    bottom: int
    top: int
    created: str
    places: tuple[Place, ...]
    owner: Team | None
    standing: Standing  # in the catalogue, today
    findings: int  # of its own layers
    packages: int


@dataclass(frozen=True, slots=True)
class ShownLineage:
    """The lineage of one image for one platform. ``levels`` are the lowest first, the image itself last."""

    repository: str
    manifest: Digest
    platform: str
    levels: tuple[ShownLevel, ...]
    lineage: Lineage
    declared_name: str
    declared_digest: str
    guess: Guess | None
    guess_places: tuple[Place, ...] = ()


def show_lineage(
    records: Records, caller: Caller, repository: str, reference: str, now: datetime
) -> tuple[ShownLineage, ...]:
    """The lineage of an image, of each platform where it is an index, by the numbered steps above.

    Raises NotFound ``image-unknown``, and ``lineage-unknown`` while it was not looked at yet.
    """
    digest = find_image(records, caller, repository, reference)
    rules = load_ownership_rules(records)
    with records.read() as kept:
        manifests = platforms_of(kept, repository, digest)
        entries = kept.lineage.catalogue()
        found = [_look(kept, manifest) for manifest in manifests]
    shown = []
    for each in found:
        if each is None:
            continue
        owners = {
            place.repository: find_owner(records, place.repository, rules)
            for places in each.places.values()
            for place in places
        }
        teams = {name: owner.team for name, owner in owners.items() if isinstance(owner, Owned)}
        shown.append(_shown(each, caller, repository, entries=entries, teams=teams, now=now))
    if not shown:
        raise NotFound(
            "lineage-unknown",
            f"the layers of {repository}@{digest} were not looked at yet",
            hint="that is done in the background after a push; ask again in a moment",
        )
    return tuple(shown)


def platforms_of(kept: RecordSet, repository: str, digest: Digest) -> tuple[Digest, ...]:
    """The image itself, or the images of an index."""
    stored = kept.registry.manifest(repository, digest)
    if stored is None:
        return ()
    content = parse_manifest(stored.raw, stored.media_type)
    if not isinstance(content, Index):
        return (digest,)
    return tuple(child.digest for child in content.manifests[:MOST_PLATFORMS])


def find_lineage(kept: RecordSet, placed: PlacedImage) -> tuple[Lineage, tuple[PlacedImage, ...]]:
    """Step 1 and 2: the chain of one image, and the images of its levels."""
    ending = kept.lineage.ending_at(placed.chains)
    declared = placed.declared_digest
    here = (
        frozenset({declared})
        if any(str(one.manifest) == declared for one in ending) or _is_here(kept, declared)
        else frozenset[str]()
    )
    return lineage_of(placed, ending, here), ending


@dataclass(frozen=True, slots=True)
class _Found:
    placed: PlacedImage
    lineage: Lineage
    created: Mapping[Digest, str]
    places: Mapping[Digest, tuple[Place, ...]]
    findings: tuple[ImageFinding, ...]
    packages: tuple[int, ...]  # the layer of each
    guess: Guess | None


def _look(kept: RecordSet, manifest: Digest) -> _Found | None:
    placed = kept.lineage.placed(manifest)
    image = kept.contents.image(manifest)
    if placed is None or image is None:
        return None
    lineage, ending = find_lineage(kept, placed)
    guess = None
    if lineage.base is None:
        # Step 3.
        guess = _guess(kept, image, placed)
    named = [digest for level in lineage.levels for digest in level.images]
    places = kept.registry.places_of([*named, *([guess.manifest] if guess else [])])
    created = {one.manifest: one.created for one in ending} | {manifest: placed.created}
    packages = tuple(one.layer for one in kept.contents.image_packages(manifest, limit=MAX_LIMIT).items)
    findings = kept.matches.image_findings(manifest, limit=MAX_LIMIT).items
    return _Found(placed, lineage, created, places, findings, packages, guess)


def _shown(
    found: _Found,
    caller: Caller,
    repository: str,
    *,
    entries: tuple[CatalogueEntry, ...],
    teams: Mapping[str, Team],
    now: datetime,
) -> ShownLineage:
    # Step 4.
    own = found.placed.manifest
    visible = {
        manifest: tuple(place for place in places if caller.may(Verb.READ_EVIDENCE, place.repository))
        for manifest, places in found.places.items()
    }
    where = [place_of_level(level.images, found.places, repository, own) for level in found.lineage.levels]
    owners = [
        OwnedLayers(
            at,
            kind_of(found.lineage, at),
            level.bottom,
            level.top,
            place.repository if place else "",
            teams.get(place.repository) if place else None,
        )
        for at, (level, (_, place)) in enumerate(zip(found.lineage.levels, where, strict=True))
    ]
    routed = route(((one.installed.layer, one) for one in found.findings), found.lineage, owners)
    counted = route(((layer, layer) for layer in found.packages), found.lineage, owners)
    levels = tuple(
        ShownLevel(
            manifest=manifest,
            others=tuple(other for other in level.images if other != manifest),
            kind=owner.kind,
            bottom=level.bottom,
            top=level.top,
            created=found.created.get(manifest, ""),
            places=visible.get(manifest, ()),
            owner=owner.team,
            standing=standing_of(owner.repository, place.tags if place else (), entries, now.date()),
            findings=len({(one.match.package, one.match.flaw) for one in whose.findings}),
            packages=len(held.findings),
        )
        for level, owner, (manifest, place), whose, held in zip(
            found.lineage.levels, owners, where, routed, counted, strict=True
        )
    )
    guess = found.guess
    return ShownLineage(
        repository=repository,
        manifest=own,
        platform=found.placed.platform,
        levels=levels,
        lineage=found.lineage,
        declared_name=found.placed.declared_name,
        declared_digest=found.placed.declared_digest,
        guess=guess,
        guess_places=visible.get(guess.manifest, ()) if guess else (),
    )


def place_of_level(
    images: tuple[Digest, ...],
    places: Mapping[Digest, tuple[Place, ...]],
    repository: str = "",
    own: Digest | None = None,
) -> tuple[Digest, Place | None]:
    """The image that stands for a level, and where it is: the first that has a tag, else the first at all.

    ``own`` is the image on top, which is where it was asked for: in ``repository``.
    """
    if own is not None and own in images:
        mine = next((place for place in places.get(own, ()) if place.repository == repository), None)
        return own, mine
    listed = [(image, place) for image in images for place in places.get(image, ())]
    return next((each for each in listed if each[1].tags), listed[0] if listed else (images[0], None))


def _is_here(kept: RecordSet, text: str) -> bool:
    """Whether a digest that an image names is in the registry; what is no digest is not."""
    try:
        return bool(text) and kept.registry.manifest_anywhere(Digest.parse(text)) is not None
    except Malformed:
        return False


def _guess(kept: RecordSet, image: ImageRecord, placed: PlacedImage) -> Guess | None:
    """Compare with the images that others stand on, of the same platform and distribution."""
    own = _packages(kept, image.manifest)
    held: dict[Digest, set[tuple[str, str]]] = {}
    for base in kept.lineage.bases(limit=MOST_GUESSED):
        other = kept.contents.image(base)
        if other is None or base == image.manifest or str(other.platform) != placed.platform:
            continue
        if image.distro is not None and other.distro is not None and image.distro.id == other.distro.id:
            held[base] = _packages(kept, base)
    return guess_base(own, held)


def _packages(kept: RecordSet, manifest: Digest) -> set[tuple[str, str]]:
    return {
        (f"{one.package.type}/{one.package.name}", one.package.version)
        for one in kept.contents.image_packages(manifest, limit=MAX_LIMIT).items
    }
