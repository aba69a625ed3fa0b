"""Who answers for a layer: the owner of the level of the chain that brought it.

A finding of a base is one thing to mend, not one for each image above it. So it goes to who owns the base,
once, with what it reaches.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from lading.access.ownership import Team
from lading.lineage.placement import Lineage

T = TypeVar("T")


class LayerKind(StrEnum):
    """What a level is to the image on top."""

    BASE = "base"  # the lowest of several
    PLATFORM = "platform"  # between
    APP = "app"  # the image itself


@dataclass(frozen=True, slots=True)
class OwnedLayers:
    """The layers of one level, and who answers for them. ``team`` is None where nobody does."""

    level: int
    kind: LayerKind
    bottom: int
    top: int
    repository: str  # of the level's image; empty where it is nowhere any more
    team: Team | None


@dataclass(frozen=True, slots=True)
class Routed(Generic[T]):
    """Findings that one owner is to look at."""

    owner: OwnedLayers
    findings: tuple[T, ...]


def kind_of(lineage: Lineage, level: int) -> LayerKind:
    """What the level is to the image on top."""
    if level == len(lineage.levels) - 1:
        return LayerKind.APP
    return LayerKind.BASE if level == 0 else LayerKind.PLATFORM


def route(
    findings: Iterable[tuple[int, T]], lineage: Lineage, owners: Sequence[OwnedLayers]
) -> tuple[Routed[T], ...]:
    """Give each finding, by the index of the layer that brought it, to the owner of that layer."""
    sorted_out: dict[int, list[T]] = {owner.level: [] for owner in owners}
    for layer, finding in findings:
        sorted_out[lineage.level_of(layer)].append(finding)
    return tuple(Routed(owner, tuple(sorted_out[owner.level])) for owner in owners)
