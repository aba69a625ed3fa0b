"""Curated mirrors, and the tags that they are about."""

from dataclasses import dataclass
from datetime import datetime

from lading.console.formats.instants import Instant, instant
from lading.console.links import image_link, list_link
from lading.console.views.badges import Badge, Tone
from lading.console.views.notices import Notice
from lading.registry.mirrors import MirrorRule, MirrorTag, TagState
from lading.workflows.mirror_rules import ShownMirror

_BADGES = {
    TagState.HERE: Badge(Tone.GOOD, "Here"),
    TagState.WANTED: Badge(Tone.QUIET, "Next"),
    TagState.WAITING: Badge(Tone.QUIET, "Waits"),
    TagState.HELD: Badge(Tone.WARN, "Held"),
    TagState.REFUSED: Badge(Tone.BAD, "Refused"),
    TagState.NOT_SIGNED: Badge(Tone.BAD, "Not signed"),
    TagState.UNDETERMINED: Badge(Tone.UNKNOWN, "Could not tell"),
    TagState.FAILED: Badge(Tone.BAD, "Failed"),
    TagState.GONE: Badge(Tone.WARN, "Gone there"),
}


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many tags are in a state, and the list of them."""

    badge: Badge
    count: int
    link: str


@dataclass(frozen=True, slots=True)
class MirrorRow:
    """One mirror; ``progress`` says what it is doing while it runs."""

    name: str
    link: str
    upstream: str
    rule: str
    conditions: str
    is_shown: bool
    ended: Instant | None
    progress: str
    brought: int
    failures: tuple[str, ...]
    counts: tuple[StateCount, ...]


@dataclass(frozen=True, slots=True)
class MirrorTagRow:
    """One tag, there and here; ``approval_link`` where people are asked."""

    name: str
    link: str
    badge: Badge
    why: str
    there: str
    here: str
    seen: Instant
    approval_link: str


@dataclass(frozen=True, slots=True)
class MirrorsView:
    """The whole page."""

    mirrors: tuple[MirrorRow, ...]
    name: str
    state: str
    tags: tuple[MirrorTagRow, ...]
    next_link: str
    first_link: str
    notice: Notice | None


def mirror_row(mirror: ShownMirror, *, shown: str, now: datetime) -> MirrorRow:
    """Make a row."""
    rule, run = mirror.rule, mirror.run
    is_running = run is not None and run.ended_at is None
    return MirrorRow(
        name=rule.name,
        link=list_link("/registry/mirrors", mirror=rule.name),
        upstream=rule.upstream,
        rule=_rule(rule),
        conditions=_conditions(rule),
        is_shown=rule.name == shown,
        ended=instant(run.ended_at, now) if run is not None and run.ended_at is not None else None,
        progress=f"runs: {run.looked} looked at, now {run.at or 'its list'}" if is_running and run else "",
        brought=run.brought if run is not None else 0,
        failures=run.failures[:5] if run is not None else (),
        counts=tuple(
            StateCount(_BADGES[state], count, list_link("/registry/mirrors", mirror=rule.name, state=state))
            for state, count in sorted(mirror.counts.items())
        ),
    )


def mirror_tag_row(rule: MirrorRule, tag: MirrorTag, now: datetime) -> MirrorTagRow:
    """Make a row."""
    return MirrorTagRow(
        name=f"{tag.repository}:{tag.tag}",
        link=image_link(rule.repository_here(tag.repository), str(tag.taken)) if tag.taken else "",
        badge=_BADGES[tag.state],
        why=tag.why,
        there=tag.digest.short,
        here=tag.taken.short if tag.taken else "",
        seen=instant(tag.first_seen_at, now),
        approval_link="/approvals" if tag.state is TagState.HELD else "",
    )


def _rule(rule: MirrorRule) -> str:
    parts = [rule.tags.text]
    if rule.versions:
        parts.append(f"in {rule.versions}")
    if rule.newest:
        parts.append(f"the newest {rule.newest}")
    return ", ".join(parts)


def _conditions(rule: MirrorRule) -> str:
    parts = []
    if rule.min_age:
        clock = "by its own claim too" if rule.trust_created else "since we saw it"
        parts.append(f"{int(rule.min_age.total_seconds() // 3600)} h old {clock}")
    if rule.signers:
        parts.append(f"signed by {' or '.join(rule.signers)}")
    return ", ".join(parts)
