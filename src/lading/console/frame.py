"""What stands around every page: its title, where it belongs, who reads it."""

from dataclasses import dataclass
from enum import StrEnum


class Section(StrEnum):
    """The entries of the navigation, by their path."""

    OVERVIEW = "/"
    IMAGES = "/images"
    WHO_HAS = "/who-has"
    RUNNING = "/running"
    ENVIRONMENTS = "/environments"
    WAIVERS = "/waivers"
    AUDIT = "/audit"

    @property
    def label(self) -> str:
        """The entry's text."""
        return _LABELS[self]


_LABELS = {
    Section.OVERVIEW: "Overview",
    Section.IMAGES: "Images",
    Section.WHO_HAS: "Who has",
    Section.RUNNING: "Running",
    Section.ENVIRONMENTS: "Environments",
    Section.WAIVERS: "Waivers",
    Section.AUDIT: "Audit",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of one page. ``person`` is empty where nobody is signed in: then there is no navigation."""

    title: str
    section: Section | None = None
    person: str = ""
    form_token: str = ""
    search: str = ""  # what stands in the search box
