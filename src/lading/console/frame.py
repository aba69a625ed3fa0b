"""What stands around every page: its title, where it belongs, who reads it.

The navigation has two levels: areas, and in each area its sections. A new page that people look for by itself
is a ``Section`` here; an area with one section has no second row.
"""

from dataclasses import dataclass
from enum import StrEnum


class Area(StrEnum):
    """The first row of the navigation, by its text."""

    OVERVIEW = "Overview"
    IMAGES = "Images"
    WHO_HAS = "Vulnerabilities"
    RUNNING = "Running"
    PATCHING = "Patching"
    GATES = "Gates"
    REGISTRY = "Registry"
    AUDIT = "Audit"

    @property
    def sections(self) -> tuple["Section", ...]:
        """The sections of the area, the one that it opens with first."""
        return tuple(section for section in Section if section.area is self)


class Section(StrEnum):
    """The second row: pages by their path."""

    OVERVIEW = "/"
    IMAGES = "/images"
    REPOSITORIES = "/repositories"
    CAMPAIGNS = "/campaigns"
    BASES = "/bases"
    WHO_HAS = "/who-has"
    ADVICE = "/advice"
    ALERTS = "/alerts"
    FEEDS = "/feeds"
    RUNNING = "/running"
    ENVIRONMENTS = "/environments"
    WAIVERS = "/waivers"
    STORAGE = "/registry/storage"
    RETENTION = "/registry/retention"
    CACHES = "/registry/caches"
    MIRRORS = "/registry/mirrors"
    APPROVALS = "/approvals"
    POLICY = "/policy"
    TRUST = "/trust"
    TAG_RULES = "/registry/tag-rules"
    ROBOTS = "/registry/robots"
    EVENTS = "/registry/events"
    AUDIT = "/audit"
    ROLES = "/access/roles"
    PEOPLE = "/access/people"
    JOBS = "/jobs"

    @property
    def label(self) -> str:
        """The entry's text."""
        return _PLACES[self][1]

    @property
    def area(self) -> Area:
        """Where it belongs."""
        return _PLACES[self][0]


_PLACES: dict[Section, tuple[Area, str]] = {
    Section.OVERVIEW: (Area.OVERVIEW, "Overview"),
    Section.IMAGES: (Area.IMAGES, "Images"),
    Section.REPOSITORIES: (Area.IMAGES, "Repositories"),
    Section.CAMPAIGNS: (Area.PATCHING, "Campaigns"),
    Section.BASES: (Area.PATCHING, "Bases"),
    Section.WHO_HAS: (Area.WHO_HAS, "Who has"),
    Section.ADVICE: (Area.WHO_HAS, "Work list"),
    Section.ALERTS: (Area.WHO_HAS, "Changes"),
    Section.FEEDS: (Area.WHO_HAS, "Feeds"),
    Section.RUNNING: (Area.RUNNING, "Containers"),
    Section.ENVIRONMENTS: (Area.GATES, "Environments"),
    Section.WAIVERS: (Area.GATES, "Waivers"),
    Section.STORAGE: (Area.REGISTRY, "Storage"),
    Section.RETENTION: (Area.REGISTRY, "Retention"),
    Section.CACHES: (Area.REGISTRY, "Caches"),
    Section.MIRRORS: (Area.REGISTRY, "Mirrors"),
    Section.APPROVALS: (Area.GATES, "Approvals"),
    Section.POLICY: (Area.GATES, "Policy"),
    Section.TRUST: (Area.GATES, "Trust"),
    Section.TAG_RULES: (Area.REGISTRY, "Tag rules"),
    Section.ROBOTS: (Area.REGISTRY, "Machine accounts"),
    Section.EVENTS: (Area.REGISTRY, "Events"),
    Section.AUDIT: (Area.AUDIT, "Audit"),
    Section.ROLES: (Area.AUDIT, "Roles"),
    Section.PEOPLE: (Area.AUDIT, "People and groups"),
    Section.JOBS: (Area.REGISTRY, "Background work"),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of one page. ``person`` is empty where nobody is signed in: then there is no navigation."""

    title: str
    section: Section | None = None
    person: str = ""
    form_token: str = ""
    search: str = ""  # what stands in the search box

    @property
    def area(self) -> Area | None:
        """The area that is marked in the navigation."""
        return self.section.area if self.section else None
