"""Findings of one image, the most urgent first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lading.advisories.advisory import Severity
from lading.console.formats.instants import Instant, instant_of_text
from lading.console.formats.sentences import sentence
from lading.console.links import image_link, list_link, web_link
from lading.console.views.badges import Badge, SeverityCount
from lading.console.views.image_header import ImageHeader
from lading.matching.finding import reason_of_json
from lading.ports.records.matches import ImageFinding, MatchStatus
from lading.workflows.rank_findings import RankedFinding

MAX_PATHS = 10  # places of one package that are shown
MAX_REFERENCES = 6  # links to the web that are shown of one advisory


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One vulnerability of one package."""

    id: str
    who_has_link: str
    severity: Severity
    known_exploited: bool
    declared: bool  # only a lock file has the package
    undetermined: str  # why it could not be told, empty where the package is affected
    cleared: str  # the statement that it does not affect this, empty where nobody states so
    package: str
    package_link: str
    version: str
    fix: str
    layer: int
    layer_link: str
    layer_says: str  # the build step that brought it
    summary: str
    priority: str  # why it stands where it stands
    reason: str  # why the package is affected
    aliases: tuple[str, ...]
    paths: tuple[str, ...]
    more_paths: int
    feed: str
    published: Instant | None
    references: tuple[str, ...]  # links to the web


@dataclass(frozen=True, slots=True)
class FindingsFilter:
    """What was asked for; empty members let everything through."""

    search: str = ""
    severity: str = ""
    only: str = ""  # "fixable", "exploited", "undetermined"
    layer: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is filtered."""
        return self == FindingsFilter()

    def lets_through(self, finding: ImageFinding) -> bool:
        """Whether the finding is to be shown. Severities are counted, and so filtered, among what is sure."""
        match = finding.match
        text = self.search.casefold()
        names = (match.flaw, *finding.advisory.aliases, finding.installed.package.name)
        sure = match.status is MatchStatus.AFFECTED
        return (
            (not text or any(text in name.casefold() for name in names))
            and (not self.severity or (sure and match.severity.value == self.severity))
            and (not self.layer or str(finding.installed.layer) == self.layer)
            and (self.only != "fixable" or (sure and bool(match.fixed_in)))
            and (self.only != "exploited" or finding.known_exploited)
            and (self.only != "undetermined" or not sure)
        )


@dataclass(frozen=True, slots=True)
class FindingsView:
    """The whole page."""

    header: ImageHeader
    wanted: FindingsFilter
    counts: tuple[SeverityCount, ...]
    rows: tuple[FindingRow, ...]
    shown: int
    total: int
    next_link: str
    first_link: str
    unjudged: Badge | None  # of packages for which no advisories are held
    incomplete: str  # why the list may lack something, empty where it does not


@dataclass(frozen=True, slots=True)
class Place:
    """Where an image's findings are shown: what rows need to link to its other pages."""

    repository: str
    digest: str
    steps: Sequence[str]  # build steps by layer

    def step(self, layer: int) -> str:
        """The step that made a layer, empty where nobody said."""
        return self.steps[layer] if layer < len(self.steps) else ""


def finding_row(ranked: RankedFinding, place: Place, now: datetime) -> FindingRow:
    """Make a row."""
    finding = ranked.finding
    match, package, advisory = finding.match, finding.installed.package, finding.advisory
    layer = finding.installed.layer
    reason = _reason(match.reason)
    packages = image_link(place.repository, place.digest, "packages")
    return FindingRow(
        id=match.flaw,
        who_has_link=list_link("/who-has", q=match.flaw),
        severity=match.severity,
        known_exploited=finding.known_exploited,
        undetermined=(reason or "It could not be told whether it is affected.")
        if match.status is MatchStatus.UNDETERMINED
        else "",
        cleared=reason if match.status is MatchStatus.NOT_AFFECTED else "",
        declared=finding.installed.declared,
        package=package.name,
        package_link=list_link(packages, q=package.name),
        version=package.version,
        fix=match.fixed_in,
        layer=layer,
        layer_link=f"{image_link(place.repository, place.digest, 'layers')}#layer-{layer}",
        layer_says=place.step(layer),
        summary=advisory.summary,
        priority=sentence(ranked.priority.words),
        reason=reason,
        aliases=tuple(name for name in (advisory.id, *advisory.aliases) if name != match.flaw),
        paths=ranked.paths[:MAX_PATHS],
        more_paths=max(len(ranked.paths) - MAX_PATHS, 0),
        feed=match.feed,
        published=instant_of_text(advisory.published, now),
        references=web_links(advisory.references),
    )


def web_links(references: Iterable[str]) -> tuple[str, ...]:
    """The first references that are links to the web."""
    return tuple(link for text in references if (link := web_link(text)))[:MAX_REFERENCES]


def _reason(reason: Mapping[str, object]) -> str:
    try:
        words = reason_of_json(reason).words
    except ValueError:  # a rule that a later version knows
        return ""
    return words  # begins with the name of a package, which is written as it is
