"""Who has it: the images and containers that have a flaw or a package, and who answers for them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from lading.advisories.advisory import Severity
from lading.console.formats.instants import Instant, instant, instant_of_text
from lading.console.formats.numbers import at_least, counted
from lading.console.links import image_link, list_link
from lading.console.views.badges import Badge, Tone
from lading.inventory.container import RunningContainer
from lading.ports.records.matches import MatchStatus
from lading.ports.records.tallies import ExploitedFlaw
from lading.workflows.who_has import Answer, AskedAbout, Holder, OwnedPlace


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A repository that has the image."""

    repository: str
    link: str
    tags: tuple[str, ...]
    owner: str
    contact: str
    since: Instant | None
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HolderRow:
    """An image that has it, by one of its packages."""

    digest: str
    places: tuple[PlaceRow, ...]
    package: str
    version: str
    path: str
    badge: Badge
    why: str
    fix: str
    running: int
    running_link: str


@dataclass(frozen=True, slots=True)
class RunsRow:
    """A container that runs one of the images."""

    name: str
    host: str
    host_link: str
    image: str
    image_link: str
    owners: tuple[str, ...]
    started: Instant | None


@dataclass(frozen=True, slots=True)
class FlawCard:
    """What is known of the flaw that was asked for."""

    names: tuple[str, ...]
    summary: str
    severity: Severity
    known_exploited: bool


@dataclass(frozen=True, slots=True)
class ExploitedRow:
    """A flaw that is known to be exploited, and is here."""

    flaw: str
    link: str
    images: int


@dataclass(frozen=True, slots=True)
class WhoHasView:
    """The whole page. ``asked`` is empty before anything was asked; ``problem`` is wrong with it."""

    asked: str
    says: str = ""
    unknown: bool = False  # no advisory names it: nothing can be called free of it
    flaw: FlawCard | None = None
    rows: tuple[HolderRow, ...] = ()
    runs: tuple[RunsRow, ...] = ()
    owners: tuple[str, ...] = ()
    next_link: str = ""
    first_link: str = ""
    problem: str = ""
    hint: str = ""
    exploited: tuple[ExploitedRow, ...] = ()  # before anything was asked


def exploited_rows(flaws: Iterable[ExploitedFlaw]) -> tuple[ExploitedRow, ...]:
    """Make the rows of exploited flaws."""
    return tuple(ExploitedRow(each.flaw, list_link("/who-has", q=each.flaw), each.images) for each in flaws)


def who_has_view(asked: str, answer: Answer, *, after: str, now: datetime) -> WhoHasView:
    """Make the page of an answer."""
    holders = answer.holders.items
    runs = tuple(_iter_runs(holders, now))
    owners = {place.owner.name for holder in holders for place in holder.places if place.owner}
    more = bool(answer.holders.next or after)
    return WhoHasView(
        asked=asked,
        says=_says(answer, len({holder.use.manifest for holder in holders}), len(runs), more=more),
        unknown=not answer.about.known,
        flaw=_flaw(answer.about),
        rows=tuple(_row(holder, now) for holder in holders),
        runs=runs,
        owners=tuple(sorted(owners)),
        next_link=list_link("/who-has", q=asked, after=answer.holders.next) if answer.holders.next else "",
        first_link=list_link("/who-has", q=asked) if after else "",
    )


def _flaw(about: AskedAbout) -> FlawCard | None:
    if not about.flaws or not about.known:
        return None
    return FlawCard(about.flaws, about.summary, about.severity, about.known_exploited)


def _says(answer: Answer, images: int, containers: int, *, more: bool) -> str:
    if not answer.about.known:
        return ""
    if not images:
        return "No image that is known here has it."
    if answer.reach:  # of all of it, not only of this page
        images, containers, more = answer.reach.images, answer.reach.containers, False
    has = f"{at_least(images, more=more)} {'image has' if images == 1 and not more else 'images have'} it"
    if answer.at:
        then = answer.at.date().isoformat()
        ran = counted(containers, "container")
        return f"{has} as of {then}; {ran} ran them then. Images that were deleted since are not counted."
    if not containers:
        return f"{has}. No container runs one of them, as far as agents report."
    verb = "runs" if containers == 1 else "run"
    return f"{has}, and {counted(containers, 'container')} {verb} {'them' if images > 1 else 'it'} now."


def _row(holder: Holder, now: datetime) -> HolderRow:
    places = tuple(_place(place, str(holder.use.manifest), now) for place in holder.places)
    return HolderRow(
        digest=str(holder.use.manifest),
        places=places,
        package=holder.use.package.name,
        version=holder.use.package.version,
        path=holder.use.path,
        badge=_badge(holder),
        why=holder.why,
        fix=holder.fixed_by,
        running=len(holder.running),
        running_link=list_link("/running", q=places[0].repository) if places else "",
    )


def _badge(holder: Holder) -> Badge:
    unsure = holder.undetermined or (holder.match and holder.match.status is MatchStatus.UNDETERMINED)
    if unsure:
        return Badge(Tone.UNKNOWN, "Undetermined")
    return Badge(Tone.BAD, "Affected") if holder.match else Badge(Tone.QUIET, "Has it")


def _place(owned: OwnedPlace, digest: str, now: datetime) -> PlaceRow:
    return PlaceRow(
        repository=owned.place.repository,
        link=image_link(owned.place.repository, digest),
        tags=owned.place.tags,
        owner=owned.owner.name if owned.owner else "",
        contact=owned.owner.contact if owned.owner else "",
        since=instant(owned.since, now) if owned.since else None,
        environments=owned.environments,
    )


def _iter_runs(holders: Iterable[Holder], now: datetime) -> Iterator[RunsRow]:
    seen: set[tuple[str, str]] = set()
    for holder in holders:
        for container in holder.running:
            if (container.host, container.id) not in seen:
                seen.add((container.host, container.id))
                yield _runs(container, holder, now)


def _runs(container: RunningContainer, holder: Holder, now: datetime) -> RunsRow:
    first = holder.places[0].place.repository if holder.places else ""
    return RunsRow(
        name=container.name or container.id[:12],
        host=container.host,
        host_link=list_link("/running", host=container.host),
        image=container.image_reference,
        image_link=image_link(first, str(holder.use.manifest)) if first else "",
        owners=tuple(sorted({place.owner.name for place in holder.places if place.owner})),
        started=instant_of_text(container.started_at, now),
    )
