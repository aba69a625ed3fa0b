"""Where an image stands among all others: which images it was built on, level by level.

1. An image is below another when its whole chain of layers is the beginning of the other's.
2. Of images with equal layers, one is below the other when what it was configured with is the beginning of
   what the other was configured with.
3. Images that end at the same layer are one level, with several names.
4. What an image says of its base (annotation, label) is believed where a level has that digest. Where no
   level has it, it is said that the layers do not bear it out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lading.lineage.chain import chain_ids, trailing_steps
from lading.oci.config import ImageConfig
from lading.oci.digest import Digest

# https://github.com/opencontainers/image-spec/blob/v1.1.0/annotations.md
BASE_NAME = "org.opencontainers.image.base.name"
BASE_DIGEST = "org.opencontainers.image.base.digest"


@dataclass(frozen=True, slots=True)
class PlacedImage:
    """An image for one platform by its layers. ``chains`` are the chain ids of their prefixes."""

    manifest: Digest
    platform: str
    created: str  # as the config says; empty where it does not
    chains: tuple[Digest, ...]
    trailing: tuple[str, ...] = ()  # see ``chain.trailing_steps``
    declared_name: str = ""  # the base, as the image says
    declared_digest: str = ""

    @property
    def depth(self) -> int:
        """How many layers it has."""
        return len(self.chains)

    @property
    def top(self) -> Digest | None:
        """The chain id of all its layers; None for an image without any."""
        return self.chains[-1] if self.chains else None


class Declared(StrEnum):
    """How what an image says of its base compares with its layers."""

    NOTHING = "nothing"  # it says nothing
    TRUE = "true"  # a level of its chain has the digest
    FALSE = "false"  # the digest is here, and is not in its chain
    UNKNOWN = "unknown"  # the digest is not in this registry, or it names none


@dataclass(frozen=True, slots=True)
class Level:
    """One floor of the chain: images that end at layer ``top``; layers from ``bottom`` on are theirs."""

    bottom: int  # index of the lowest layer that this level brought
    top: int  # index after its highest; the same as ``bottom`` where it only configured
    images: tuple[Digest, ...]  # manifests, the most likely first; the last level is the image itself


@dataclass(frozen=True, slots=True)
class Lineage:
    """The levels of an image, the lowest first; the last one is the image itself.

    The lowest level may itself stand on something that was never pushed here: that shows nowhere.
    """

    levels: tuple[Level, ...]
    declared: Declared

    @property
    def base(self) -> Level | None:
        """What the image was built on directly."""
        return self.levels[-2] if len(self.levels) > 1 else None

    def level_of(self, layer: int) -> int:
        """The index of the level that brought a layer."""
        for at, level in enumerate(self.levels):
            if level.bottom <= layer < level.top:
                return at
        return len(self.levels) - 1


def placed(manifest: Digest, config: ImageConfig, annotations: Mapping[str, str]) -> PlacedImage:
    """Read what places an image from its config and from its manifest's annotations."""
    said = {**config.labels, **annotations}
    return PlacedImage(
        manifest=manifest,
        platform=str(config.platform),
        created=config.created,
        chains=chain_ids(config.diff_ids),
        trailing=trailing_steps(config.history),
        declared_name=said.get(BASE_NAME, "")[:500],
        declared_digest=said.get(BASE_DIGEST, "")[:200],
    )


def is_below(lower: PlacedImage, upper: PlacedImage) -> bool:
    """Rules 1 and 2."""
    if lower.platform != upper.platform or not 0 < lower.depth <= upper.depth:
        return False
    if lower.top != upper.chains[lower.depth - 1]:
        return False
    if lower.depth < upper.depth:
        return True
    shorter = len(lower.trailing) < len(upper.trailing)
    return shorter and lower.trailing == upper.trailing[: len(lower.trailing)]


def lineage_of(image: PlacedImage, ending: Iterable[PlacedImage], known: frozenset[str]) -> Lineage:
    """Order what stands below an image; ``ending`` are images that end at a prefix of its layers.

    ``known`` are the digests that are in the registry, as far as the image declares one.
    """
    below = [one for one in ending if one.manifest != image.manifest and is_below(one, image)]
    floors: dict[tuple[int, tuple[str, ...]], list[PlacedImage]] = {}
    for one in below:
        # Rule 3: of lower layers the configuration does not matter, of the image's own it tells levels apart.
        key = (one.depth, one.trailing if one.depth == image.depth else ())
        floors.setdefault(key, []).append(one)
    levels: list[Level] = []
    bottom = 0
    for (depth, _), images in sorted(floors.items(), key=lambda each: (each[0][0], len(each[0][1]))):
        levels.append(Level(bottom, depth, _likeliest_first(images, image)))
        bottom = depth
    levels.append(Level(bottom, image.depth, (image.manifest,)))
    return Lineage(tuple(levels), _declared(image, below, known))


def _likeliest_first(images: Sequence[PlacedImage], image: PlacedImage) -> tuple[Digest, ...]:
    """The one that the image names, then the oldest: what came later was made from what came first."""
    ordered = sorted(
        images, key=lambda one: (str(one.manifest) != image.declared_digest, one.created, one.manifest)
    )
    return tuple(one.manifest for one in ordered)


def _declared(image: PlacedImage, below: Iterable[PlacedImage], known: frozenset[str]) -> Declared:
    """Rule 4."""
    if not image.declared_digest:
        return Declared.UNKNOWN if image.declared_name else Declared.NOTHING
    if any(str(one.manifest) == image.declared_digest for one in below):
        return Declared.TRUE
    return Declared.FALSE if image.declared_digest in known else Declared.UNKNOWN
