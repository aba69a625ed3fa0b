"""When all content was read last, and what is damaged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lading.console.formats.instants import Instant, instant
from lading.console.formats.sizes import size
from lading.console.views.badges import Badge, Tone
from lading.console.views.storage import STATE_BADGES
from lading.registry.collection import RunState
from lading.registry.scrub import Damage, DamageState, share_read
from lading.workflows.show_scrubs import DamagedBlob, ScrubStanding

_SHOWN = 3  # images, or containers, of one blob that a row names


@dataclass(frozen=True, slots=True)
class DamageRow:
    """A damaged blob. ``images`` and ``running`` name some, in words."""

    digest: str
    badge: Badge
    found: Instant
    images: str
    running: str


@dataclass(frozen=True, slots=True)
class ScrubView:
    """``words`` say how far the newest pass is; empty where there was none."""

    last: Instant | None
    badge: Badge | None
    words: str
    problem: str
    damage: tuple[DamageRow, ...]
    may_run: bool
    may_stop: bool


def scrub_view(standing: ScrubStanding, damage: Iterable[DamagedBlob], now: datetime) -> ScrubView:
    """Make the part of the page."""
    newest = standing.runs[0] if standing.runs else None
    running = newest is not None and newest.state is RunState.RUNNING
    stopping = newest is not None and running and newest.stop_asked
    badge, words = None, ""
    if newest is not None:
        badge = Badge(Tone.WARN, "Stopping") if stopping else STATE_BADGES[newest.state]
        read = newest.read
        words = f"{share_read(newest):.0%} read: {read.blobs} blobs, {size(read.bytes)}"
        words += f"; {read.damaged} found damaged, {read.healed} healed"
    whole = standing.last_whole
    return ScrubView(
        last=instant(whole.ended_at, now) if whole and whole.ended_at else None,
        badge=badge,
        words=words,
        problem=newest.problem if newest else "",
        damage=tuple(_row(each, now) for each in damage),
        may_run=not running,
        may_stop=running and not stopping,
    )


def _row(found: DamagedBlob, now: datetime) -> DamageRow:
    images = [
        f"{each.repository}:{each.tags[0]}" if each.tags else f"{each.repository}@{each.digest}"
        for each in found.images
    ]
    owners = sorted({each.owner or "nobody" for each in found.images})
    running = [f"{container.name or container.id[:12]} on {container.host}" for container, _ in found.running]
    return DamageRow(
        digest=str(found.damage.digest),
        badge=_badge(found.damage),
        found=instant(found.damage.found_at, now),
        images=f"{_some(images)} (owned by {', '.join(owners)})" if images else "none",
        running=_some(running) if running else "none",
    )


def _badge(damage: Damage) -> Badge:
    return Badge(Tone.BAD, "Missing" if damage.state is DamageState.MISSING else "Corrupt")


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
