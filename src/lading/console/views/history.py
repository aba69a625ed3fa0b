"""What happened to one image: tags that moved, promotions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lading.console.formats.digests import short_digest
from lading.console.formats.instants import Instant, instant
from lading.console.links import decision_link
from lading.console.views.badges import Badge
from lading.console.views.environments import promotion_badge
from lading.console.views.image_header import ImageHeader
from lading.oci.digest import Digest
from lading.ports.records.registry import TagMove
from lading.promotion.promotion import Promotion, PromotionKind, PromotionState


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Something that happened to the image."""

    at: Instant
    by: str
    what: str
    says: str
    badge: Badge | None
    link: str


@dataclass(frozen=True, slots=True)
class HistoryView:
    """The whole page, the newest first."""

    header: ImageHeader
    rows: tuple[ChangeRow, ...]
    cut: bool  # whether there is more than is shown


def change_rows(
    digest: Digest,
    *,
    pushed_at: datetime,
    pushed_by: str,
    moves: Iterable[TagMove],
    promotions: Iterable[Promotion],
    now: datetime,
) -> tuple[ChangeRow, ...]:
    """Bring everything into one order, the newest first."""
    dated = [(pushed_at, 0, ChangeRow(instant(pushed_at, now), pushed_by, "Pushed", "", None, ""))]
    dated.extend((move.at, 1, _moved(move, digest, now)) for move in moves)
    dated.extend((_moment(promotion), 2, _promoted(promotion, now)) for promotion in promotions)
    return tuple(row for _, _, row in sorted(dated, key=lambda entry: entry[:2], reverse=True))


def _moved(move: TagMove, digest: Digest, now: datetime) -> ChangeRow:
    if move.after == digest:
        what = f"Tag {move.name} moved here"
        says = f"from {short_digest(str(move.before))}" if move.before else "It was new."
    elif move.after is None:
        what, says = f"Tag {move.name} deleted", ""
    else:
        what, says = f"Tag {move.name} moved away", f"to {short_digest(str(move.after))}"
    return ChangeRow(instant(move.at, now), move.by, what, says, None, "")


_WORDS = {
    PromotionState.DONE: "Promoted to",
    PromotionState.WAITING: "Waits to enter",
    PromotionState.DENIED: "Refused for",
    PromotionState.REJECTED: "Rejected for",
}


def _promoted(promotion: Promotion, now: datetime) -> ChangeRow:
    back = promotion.kind is PromotionKind.ROLLBACK and promotion.state is PromotionState.DONE
    words = "Rolled back to in" if back else _WORDS[promotion.state]
    return ChangeRow(
        at=instant(_moment(promotion), now),
        by=promotion.requester,
        what=f"{words} {promotion.target}",
        says=promotion.reason,
        badge=promotion_badge(promotion.state),
        link=decision_link(promotion.decision),
    )


def _moment(promotion: Promotion) -> datetime:
    return promotion.concluded_at or promotion.requested_at
