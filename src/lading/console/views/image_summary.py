"""The first page of an image: the verdict, what to do about it, and the facts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from lading.console.formats.instants import Instant, instant
from lading.console.formats.principals import who
from lading.console.formats.sentences import sentence
from lading.console.links import decision_link, image_link
from lading.console.views.badges import (
    NOT_JUDGED,
    Badge,
    SeverityCount,
    analysis_badge,
    decision_badge,
    outcome_badge,
    unjudged_badge,
    verdict_badge,
)
from lading.console.views.decisions import objecting_results
from lading.console.views.image_header import ImageHeader
from lading.console.views.running import ContainerRow
from lading.console.views.trust import SbomLink
from lading.policy.decision import RuleResult, Verdict
from lading.ports.records.governance import Pointer, StoredDecision
from lading.workflows.show_platforms import ShownAccessory, ShownPlatform


@dataclass(frozen=True, slots=True)
class Objection:
    """A rule that objects, what it says, and what to do."""

    badge: Badge
    title: str
    message: str
    fix: str
    link: str
    more: str  # "and 11 more", empty where there are none


@dataclass(frozen=True, slots=True)
class Pledge:
    """The verdict in words: who said it, and when."""

    badge: Badge
    says: str
    at: Instant | None
    link: str  # the whole decision, empty where there is none


@dataclass(frozen=True, slots=True)
class Attached:
    """What goes with an image in an index, such as its builder's attestations."""

    kind: str
    predicates: str  # comma-separated
    digest: str


@dataclass(frozen=True, slots=True)
class Child:
    """One image of an index."""

    platform: str
    digest: str
    link: str
    verdict: Badge
    findings: int
    state: Badge | None  # of the analysis, unless it is done
    unjudged: Badge | None
    accessories: tuple[Attached, ...]


@dataclass(frozen=True, slots=True)
class EnvironmentPlace:
    """An environment that has this image."""

    environment: str
    at: Instant
    by: str


@dataclass(frozen=True, slots=True)
class SummaryView:
    """The whole page."""

    header: ImageHeader
    pledge: Pledge
    objections: tuple[Objection, ...]
    counts: tuple[SeverityCount, ...]
    known_exploited: int
    known_exploited_link: str
    fixable: int
    fixable_link: str
    undetermined: int
    undetermined_link: str
    unjudged: Badge | None  # of packages for which no advisories are held
    is_index: bool
    owner: str
    owner_contact: str
    platform: str
    distro: str
    user: str
    root: bool
    size: int  # bytes
    created: Instant | None
    pushed: Instant
    pushed_by: str
    signature: Badge
    signature_link: str
    sboms: tuple[SbomLink, ...]
    running: tuple[ContainerRow, ...]
    running_number: int
    running_link: str
    environments: tuple[EnvironmentPlace, ...]
    children: tuple[Child, ...]  # images of an index
    accessories: tuple[Attached, ...]  # of this image, or of an index what no image of it has
    unreadable: int
    unreadable_link: str


def pledge_of(stored: StoredDecision | None, now: datetime) -> Pledge:
    """Put the newest decision into words."""
    if stored is None:
        return Pledge(NOT_JUDGED, NOT_JUDGED.why, None, "")
    said = stored.decision
    where = f" for {said.environment}" if said.environment else ""
    says = f"At the {said.gate} gate{where}, asked by {who(stored.by)}."
    return Pledge(outcome_badge(said.outcome), says, instant(said.at, now), decision_link(stored.id))


def objections_of(stored: StoredDecision | None) -> tuple[Objection, ...]:
    """What the newest decision objects to, the strictest first. Waived rules need nothing done."""
    return tuple(_iter_objections(stored)) if stored is not None else ()


def children_of(repository: str, platforms: Iterable[ShownPlatform]) -> tuple[Child, ...]:
    """The images of an index, by platform, each with its accessories."""
    children = (
        Child(
            platform=str(shown.descriptor.platform or ""),
            digest=str(shown.descriptor.digest),
            link=image_link(repository, str(shown.descriptor.digest)),
            verdict=decision_badge(shown.outcome),
            findings=sum(shown.findings.by_severity.values()),
            state=analysis_badge(shown.analysis),
            unjudged=unjudged_badge(shown.findings.unjudged),
            accessories=attached(shown.accessories),
        )
        for shown in platforms
    )
    return tuple(sorted(children, key=lambda child: child.platform))


def attached(accessories: Iterable[ShownAccessory]) -> tuple[Attached, ...]:
    """What goes with an image."""
    return tuple(
        Attached(shown.kind, ", ".join(shown.predicates), str(shown.descriptor.digest))
        for shown in accessories
    )


def environment_places(pointers: Iterable[Pointer], now: datetime) -> tuple[EnvironmentPlace, ...]:
    """The environments that have the image."""
    return tuple(
        EnvironmentPlace(pointer.environment, instant(pointer.moved_at, now), pointer.moved_by)
        for pointer in pointers
    )


def _iter_objections(stored: StoredDecision) -> Iterator[Objection]:
    for result in objecting_results(stored.decision):
        if result.verdict is Verdict.WAIVED:
            continue
        standing = [violation for violation in result.violations if not violation.waived_by]
        first = standing[0] if standing else None
        yield Objection(
            badge=verdict_badge(result.verdict),
            title=result.title,
            message=sentence(first.message if first else result.reason),
            fix=sentence(first.fix) if first else "",
            link=f"{decision_link(stored.id)}#rule-{result.rule}",
            more=_more(result),
        )


def _more(result: RuleResult) -> str:
    return f"and {result.standing - 1:,} more" if result.standing > 1 else ""
