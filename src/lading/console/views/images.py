"""The list of images."""

from dataclasses import dataclass
from datetime import datetime

from lading.access.ownership import Owned, Ownership
from lading.advisories.advisory import Severity
from lading.console.formats.instants import Instant, instant
from lading.console.links import decision_link, image_link, list_link
from lading.console.views.badges import (
    Badge,
    SeverityCount,
    Tone,
    analysis_badge,
    decision_badge,
    severity_counts,
    unjudged_badge,
)
from lading.policy.decision import Outcome
from lading.ports.records.contents import AnalysisState
from lading.workflows.list_images import ImageFilter, ListedImage

MAX_TAGS = 4  # that a row shows


INDEX = Badge(Tone.QUIET, "Several platforms", "Findings are those of its images.")


@dataclass(frozen=True, slots=True)
class ImageRow:
    """An image in a list. ``counts`` is empty until it has been analysed, and ``state`` says so then."""

    repository: str
    digest: str
    link: str
    tags: tuple[str, ...]
    more_tags: int
    platform: str
    verdict: Badge
    verdict_link: str
    counts: tuple[SeverityCount, ...]
    state: Badge | None
    unjudged: Badge | None  # of packages for which no advisories are held
    owner: str
    size: int  # bytes
    pushed: Instant


@dataclass(frozen=True, slots=True)
class ImagesFilter:
    """What was asked for; empty members let everything through."""

    search: str = ""
    repository: str = ""
    verdict: str = ""  # "deny", "warn", "allow", or "none" for not judged yet
    severity: str = ""
    analysis: str = ""
    running: str = ""  # "yes"

    @property
    def is_empty(self) -> bool:
        """Whether nothing is filtered."""
        return self == ImagesFilter()

    def to_filter(self) -> ImageFilter:
        """The filter of the list; words that it does not know let everything through."""
        outcomes = {outcome.value: outcome for outcome in Outcome}
        severities = {severity.value: severity for severity in Severity}
        states = {state.value: state for state in AnalysisState}
        return ImageFilter(
            repository=self.repository,
            containing=self.search,
            outcome=outcomes.get(self.verdict),
            judged=self.verdict != "none",
            severity=severities.get(self.severity),
            analysis=states.get(self.analysis),
            running=self.running == "yes",
        )


@dataclass(frozen=True, slots=True)
class ImagesView:
    """The whole page."""

    wanted: ImagesFilter
    rows: tuple[ImageRow, ...]
    next_link: str
    first_link: str  # empty on the first page
    registry: str


def image_row(listed: ListedImage, now: datetime) -> ImageRow:
    """Make a row of a list."""
    listing, decision = listed.listing, listed.decision
    digest = str(listing.digest)
    state = (
        INDEX if listing.kind == "index" else analysis_badge(listed.image.analysis if listed.image else None)
    )
    return ImageRow(
        repository=listing.repository,
        digest=digest,
        link=image_link(listing.repository, digest),
        tags=listing.tags[:MAX_TAGS],
        more_tags=max(len(listing.tags) - MAX_TAGS, 0),
        platform=listing.platform.replace(",", ", "),
        verdict=decision_badge(decision.decision.outcome if decision else None),
        verdict_link=decision_link(decision.id) if decision else "",
        counts=()
        if state
        else severity_counts(listed.findings.by_severity, image_link(listing.repository, digest, "findings"))[
            :4
        ],
        state=state,
        unjudged=None if state else unjudged_badge(listed.findings.unjudged),
        owner=owner_name(listed.owner),
        size=listing.size,
        pushed=instant(listing.pushed_at, now),
    )


def owner_name(owner: Ownership) -> str:
    """The team that answers for it, empty where nobody does."""
    return owner.team.name if isinstance(owner, Owned) else ""


def images_link(wanted: ImagesFilter, after: str = "") -> str:
    """The list with a filter, from a page key on."""
    return list_link(
        "/images",
        q=wanted.search,
        repository=wanted.repository,
        verdict=wanted.verdict,
        severity=wanted.severity,
        analysis=wanted.analysis,
        running=wanted.running,
        after=after,
    )
