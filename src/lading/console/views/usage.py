"""What single images keep, and what bases save."""

from collections.abc import Iterable
from dataclasses import dataclass

from lading.console.formats.digests import short_digest
from lading.console.links import image_link
from lading.ports.records.usage import ImageUsage
from lading.workflows.storage_use import UsedBase


@dataclass(frozen=True, slots=True)
class ImageUsageRow:
    """An artifact; sizes are bytes."""

    name: str
    link: str
    listed: int
    alone: int


@dataclass(frozen=True, slots=True)
class BaseUsageRow:
    """A base; sizes are bytes."""

    name: str
    images: int
    own: int
    added: int
    shared: int


@dataclass(frozen=True, slots=True)
class UsageView:
    """The whole page."""

    project: str  # empty for all
    images: tuple[ImageUsageRow, ...]
    bases: tuple[BaseUsageRow, ...]


def usage_view(project: str, images: Iterable[ImageUsage], bases: Iterable[UsedBase]) -> UsageView:
    """Make the page."""
    return UsageView(
        project=project,
        images=tuple(
            ImageUsageRow(
                name=f"{each.repository}@{short_digest(str(each.digest))}",
                link=image_link(each.repository, str(each.digest)),
                listed=each.listed,
                alone=each.alone,
            )
            for each in images
        ),
        bases=tuple(
            BaseUsageRow(
                name=each.name or short_digest(str(each.usage.base)),
                images=each.usage.images,
                own=each.usage.own,
                added=each.usage.added,
                shared=each.usage.shared,
            )
            for each in bases
        ),
    )
