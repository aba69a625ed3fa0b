"""Repositories, and who answers for them."""

from dataclasses import dataclass
from datetime import datetime

from lading.console.formats.instants import Instant, instant
from lading.console.links import list_link, tags_link
from lading.workflows.survey import OwnedRepository


@dataclass(frozen=True, slots=True)
class RepositoryLine:
    """One repository."""

    name: str
    link: str
    tags_link: str
    owner: str
    contact: str
    created: Instant
    created_by: str


@dataclass(frozen=True, slots=True)
class RepositoriesView:
    """The whole page."""

    only_unowned: bool
    rows: tuple[RepositoryLine, ...]
    next_link: str
    first_link: str
    registry: str


def repository_line(owned: OwnedRepository, now: datetime) -> RepositoryLine:
    """Make a row."""
    repository = owned.repository
    return RepositoryLine(
        name=repository.name,
        link=list_link("/images", repository=repository.name),
        tags_link=tags_link(repository.name),
        owner=owned.owner.name if owned.owner else "",
        contact=owned.owner.contact if owned.owner else "",
        created=instant(repository.created_at, now),
        created_by=repository.created_by,
    )
