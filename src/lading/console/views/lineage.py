"""The chain of an image, as its page shows it."""

from dataclasses import dataclass
from datetime import datetime

from lading.console.formats.instants import Instant, instant_of_text
from lading.console.formats.sentences import sentence
from lading.console.links import image_link, list_link
from lading.console.views.badges import Badge, Tone
from lading.console.views.image_header import ImageHeader, Part
from lading.lineage.catalogue import BaseState, Standing
from lading.lineage.ownership import LayerKind
from lading.lineage.placement import Declared
from lading.workflows.show_lineage import ShownLevel, ShownLineage

_KINDS = {LayerKind.BASE: "Base", LayerKind.PLATFORM: "Platform", LayerKind.APP: "This image"}
_STATES = {
    BaseState.APPROVED: (Tone.GOOD, "Approved"),
    BaseState.DEPRECATED: (Tone.WARN, "Deprecated"),
    BaseState.FORBIDDEN: (Tone.BAD, "Forbidden"),
    None: (Tone.QUIET, "Not in the catalogue"),
}
_DECLARED = {
    Declared.TRUE: (Tone.GOOD, "What it says of its base is true"),
    Declared.FALSE: (Tone.BAD, "Its layers do not bear out what it says of its base"),
    Declared.UNKNOWN: (Tone.UNKNOWN, "The base that it names is not in this registry"),
}


@dataclass(frozen=True, slots=True)
class LevelRow:
    """One level, the image itself on top."""

    kind: str
    name: str
    link: str
    tags: tuple[str, ...]
    others: int  # further images with the same layers
    layers: str
    packages: str
    findings: int
    findings_link: str
    owner: str
    contact: str
    standing: Badge | None
    created: Instant | None


@dataclass(frozen=True, slots=True)
class GuessRow:
    """What it resembles."""

    text: str
    name: str
    link: str


@dataclass(frozen=True, slots=True)
class PlatformView:
    """The chain for one platform."""

    platform: str
    rows: tuple[LevelRow, ...]
    declared: Badge | None
    declared_text: str
    guess: GuessRow | None
    alone: bool


@dataclass(frozen=True, slots=True)
class LineageView:
    """The whole page."""

    header: ImageHeader
    platforms: tuple[PlatformView, ...]


def standing_badge(standing: Standing) -> Badge:
    """How a base stands in the catalogue."""
    tone, text = _STATES[standing.state]
    return Badge(tone, text, sentence(standing.reason) if standing.reason else "")


def platform_view(shown: ShownLineage, now: datetime) -> PlatformView:
    """Make the view of one platform, the top first."""
    declared = _DECLARED.get(shown.lineage.declared)
    own = image_link(shown.repository, str(shown.manifest), Part.FINDINGS.value)
    return PlatformView(
        platform=shown.platform,
        rows=tuple(_row(level, own, now) for level in reversed(shown.levels)),
        declared=Badge(*declared) if declared else None,
        declared_text=f"{shown.declared_name} {shown.declared_digest}".strip(),
        guess=_guess(shown),
        alone=len(shown.levels) == 1,
    )


def _row(level: ShownLevel, own_findings: str, now: datetime) -> LevelRow:
    place = level.places[0] if level.places else None
    last = level.top - 1
    return LevelRow(
        kind=_KINDS[level.kind],
        name=place.repository if place else str(level.manifest),
        link=image_link(place.repository, str(level.manifest)) if place else "",
        tags=place.tags if place else (),
        others=len(level.others),
        layers="only configured" if last < level.bottom else _span(level.bottom, last),
        packages=str(level.packages),
        findings=level.findings,
        findings_link=own_findings
        if level.kind is LayerKind.APP
        else list_link(own_findings, layer=str(level.bottom) if level.bottom == last else ""),
        owner=level.owner.name if level.owner else "",
        contact=level.owner.contact if level.owner else "",
        standing=None
        if level.kind is LayerKind.APP and level.standing.state is None
        else standing_badge(level.standing),
        # Builders that want the same bytes each time write the year 1 or 1970.
        created=None if level.created < "1980" else instant_of_text(level.created, now),
    )


def _span(bottom: int, last: int) -> str:
    return f"layer {bottom}" if bottom == last else f"layers {bottom} to {last}"


def _guess(shown: ShownLineage) -> GuessRow | None:
    guess = shown.guess
    if guess is None:
        return None
    place = shown.guess_places[0] if shown.guess_places else None
    return GuessRow(
        text=f"A guess by what it holds: {guess.likeness} from",
        name=f"{place.repository}:{place.tags[0]}" if place and place.tags else str(guess.manifest),
        link=image_link(place.repository, str(guess.manifest)) if place else "",
    )
