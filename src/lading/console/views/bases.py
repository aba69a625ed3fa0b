"""Bases: the catalogue, what is built on in fact, and what nobody knows."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from lading.console.formats.instants import Instant, instant
from lading.console.formats.numbers import count, counted
from lading.console.links import image_link
from lading.console.views.badges import Badge, SeverityCount, severity_counts
from lading.console.views.lineage import standing_badge
from lading.ports.records.lineage import Foundation
from lading.workflows.base_catalogue import ShownEntry
from lading.workflows.reach import ShownReach, UsedBase


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One entry."""

    name: str
    link: str
    standing: Badge
    reason: str
    purpose: str
    contents: str
    tools: str
    owner: str
    supported_until: str
    successor: str
    variants: tuple[str, ...]
    newest_tag: str
    pushed: Instant | None
    users: str
    counts: tuple[SeverityCount, ...]


@dataclass(frozen=True, slots=True)
class UsedRow:
    """An image that others stand on."""

    name: str
    link: str
    tags: tuple[str, ...]
    images: str
    containers: str
    teams: str


@dataclass(frozen=True, slots=True)
class FoundationRow:
    """Layers that many share and no image is made of."""

    chain: str
    layers: str
    images: str


@dataclass(frozen=True, slots=True)
class BasesView:
    """The whole page."""

    entries: tuple[CatalogueRow, ...]
    used: tuple[UsedRow, ...]
    unknown: tuple[FoundationRow, ...]


def catalogue_row(shown: ShownEntry, now: datetime) -> CatalogueRow:
    """Make a row of the catalogue."""
    entry = shown.entry
    here = shown.newest is not None
    link = image_link(shown.newest_repository, str(shown.newest)) if here else ""
    return CatalogueRow(
        name=entry.name,
        link=link,
        standing=standing_badge(shown.standing),
        reason=shown.standing.reason,
        purpose=entry.purpose,
        contents=entry.contents,
        tools=entry.tools,
        owner=entry.owner,
        supported_until=str(entry.supported_until or ""),
        successor=entry.successor,
        variants=entry.variants,
        newest_tag=shown.newest_tag,
        pushed=instant(shown.pushed_at, now) if shown.pushed_at else None,
        users=count(shown.users),
        counts=severity_counts(Counter(shown.findings.by_severity), f"{link}/findings") if here else (),
    )


def used_row(base: UsedBase, reach: ShownReach) -> UsedRow:
    """Make a row of what others stand on."""
    place = base.places[0]
    names = [team.team or "nobody" for team in reach.teams]
    more = f" and {counted(len(names) - 3, 'more team')}" if len(names) > 3 else ""
    return UsedRow(
        name=place.repository,
        link=image_link(place.repository, str(base.manifest), "lineage"),
        tags=place.tags,
        images=count(reach.images),
        containers=count(reach.containers),
        teams=", ".join(names[:3]) + more,
    )


def foundation_row(found: Foundation) -> FoundationRow:
    """Make a row of what nobody knows."""
    return FoundationRow(str(found.chain), counted(found.depth, "layer"), count(found.images))
