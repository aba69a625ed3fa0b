"""Environments: what each has of every repository, and what was promoted or refused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lading.access.verbs import Verb
from lading.console.formats.instants import Instant, instant
from lading.console.links import decision_link, image_link, list_link, web_link
from lading.console.views.badges import Badge, Tone, outcome_badge
from lading.console.views.notices import Notice
from lading.ports.records.governance import Pointer
from lading.promotion.environments import Environment
from lading.promotion.promotion import Promotion, PromotionKind, PromotionState
from lading.registry.caller import Caller
from lading.workflows.rights import may_in_environment


@dataclass(frozen=True, slots=True)
class EnvironmentColumn:
    """One environment, in the order of promotion."""

    name: str
    description: str
    needs_approval: bool
    platforms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlaceCell:
    """What one environment has of one repository."""

    environment: str
    digest: str
    link: str
    tags: tuple[str, ...]
    at: Instant
    by: str
    same_as_before: bool  # whether the environment before has the same digest


@dataclass(frozen=True, slots=True)
class RepositoryRow:
    """One repository across all environments; None where an environment has nothing of it."""

    repository: str
    link: str
    cells: tuple[PlaceCell | None, ...]


@dataclass(frozen=True, slots=True)
class PlatformCell:
    """What the gate said of one platform."""

    platform: str
    badge: Badge
    link: str


@dataclass(frozen=True, slots=True)
class PromotionRow:
    """One promotion, done or refused."""

    badge: Badge
    repository: str
    digest: str
    link: str
    move: str  # "test → prod"
    reason: str
    ticket: str
    ticket_link: str
    decision_link: str
    at: Instant
    by: str
    approver: str
    id: str
    may_approve: bool
    may_reject: bool
    platforms: tuple[PlatformCell, ...]


@dataclass(frozen=True, slots=True)
class EnvironmentsView:
    """The whole page."""

    environments: tuple[EnvironmentColumn, ...]
    rows: tuple[RepositoryRow, ...]
    rows_next: str
    promotions: tuple[PromotionRow, ...]
    promotions_next: str
    registry: str
    notice: Notice | None


def environment_columns(environments: Iterable[Environment]) -> tuple[EnvironmentColumn, ...]:
    """The columns, in the order in which environments were set."""
    return tuple(
        EnvironmentColumn(
            environment.name, environment.description, environment.needs_approval, environment.platforms
        )
        for environment in environments
    )


def repository_rows(
    pointers: Iterable[Pointer],
    columns: Sequence[EnvironmentColumn],
    tags: Mapping[tuple[str, str], tuple[str, ...]],
    now: datetime,
) -> tuple[RepositoryRow, ...]:
    """One row for each repository that any environment has. ``tags`` are by repository and digest."""
    by_repository: dict[str, dict[str, Pointer]] = {}
    for pointer in pointers:
        by_repository.setdefault(pointer.repository, {})[pointer.environment] = pointer
    rows = []
    for repository, places in sorted(by_repository.items()):
        cells: list[PlaceCell | None] = []
        before: Pointer | None = None
        for column in columns:
            here = places.get(column.name)
            cells.append(None if here is None else _cell(here, before, tags, now))
            before = here
        rows.append(RepositoryRow(repository, list_link("/images", repository=repository), tuple(cells)))
    return tuple(rows)


_STATES = {
    PromotionState.DONE: Badge(Tone.GOOD, "Done"),
    PromotionState.WAITING: Badge(Tone.QUIET, "Waits for approval"),
    PromotionState.DENIED: Badge(Tone.BAD, "Denied"),
    PromotionState.REJECTED: Badge(Tone.BAD, "Rejected"),
}


def promotion_badge(state: PromotionState) -> Badge:
    """The badge of where a promotion stands."""
    return _STATES[state]


def promotion_row(promotion: Promotion, reader: Caller, now: datetime) -> PromotionRow:
    """Make a row of the list. Nobody approves what they asked for; whoever asked may take it back."""
    waits = promotion.state is PromotionState.WAITING
    own = promotion.requester == str(reader.principal)
    second = waits and may_in_environment(reader, Verb.PROMOTE, promotion.repository, promotion.target)
    move = f"{promotion.source} → {promotion.target}" if promotion.source else f"into {promotion.target}"
    if promotion.kind is PromotionKind.ROLLBACK:
        move = f"back in {promotion.target}"
    return PromotionRow(
        badge=promotion_badge(promotion.state),
        repository=promotion.repository,
        digest=str(promotion.digest),
        link=image_link(promotion.repository, str(promotion.digest)),
        move=move,
        reason=promotion.reason,
        ticket=promotion.ticket,
        ticket_link=web_link(promotion.ticket),
        decision_link=decision_link(promotion.decision),
        at=instant(promotion.concluded_at or promotion.requested_at, now),
        by=promotion.requester,
        approver=promotion.approver,
        id=promotion.id,
        may_approve=second and not own,
        may_reject=second,
        platforms=tuple(
            PlatformCell(each.platform, outcome_badge(each.outcome), decision_link(each.decision))
            for each in promotion.platforms
        ),
    )


def _cell(
    pointer: Pointer,
    before: Pointer | None,
    tags: Mapping[tuple[str, str], tuple[str, ...]],
    now: datetime,
) -> PlaceCell:
    digest = str(pointer.digest)
    return PlaceCell(
        environment=pointer.environment,
        digest=digest,
        link=image_link(pointer.repository, digest),
        tags=tags.get((pointer.repository, digest), ()),
        at=instant(pointer.moved_at, now),
        by=pointer.moved_by,
        same_as_before=before is not None and before.digest == pointer.digest,
    )
