"""Who has it: which images and which containers a vulnerability affects, or hold a package."""

from dataclasses import dataclass

from lading.advisories.advisory import Severity
from lading.console.formats.instants import Instant
from lading.console.views.badges import Badge
from lading.console.views.running import ContainerRow


@dataclass(frozen=True, slots=True)
class AdvisoryCard:
    """What is known of the vulnerability, from one feed."""

    id: str
    feed: str
    summary: str
    severity: Severity
    cvss: str
    aliases: tuple[str, ...]
    known_exploited: bool
    published: Instant | None
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HolderRow:
    """An image that has it, by one package."""

    repository: str
    digest: str
    link: str
    tags: tuple[str, ...]
    package: str
    version: str
    fix: str
    path: str
    badge: Badge
    owner: str
    running: int
    running_link: str


@dataclass(frozen=True, slots=True)
class WhoHasView:
    """The whole page. ``asked`` is empty before anything was asked."""

    asked: str
    says: str  # the answer in one sentence
    advisories: tuple[AdvisoryCard, ...]
    images: tuple[HolderRow, ...]
    containers: tuple[ContainerRow, ...]
    more_images: str  # link
    more_containers: str  # link
    versions: tuple["VersionRow", ...]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A package version that is known, when a package was asked for."""

    name: str
    version: str
    type: str
    distro: str
    link: str
