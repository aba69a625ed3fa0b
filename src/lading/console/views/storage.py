"""What is stored, what of it nobody needs, and collecting it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lading.console.formats.instants import Instant, instant
from lading.console.formats.sizes import size
from lading.console.links import list_link
from lading.console.views.badges import Badge, Tone
from lading.console.views.notices import Notice
from lading.foundation.errors import Malformed
from lading.registry.collection import STEPS, Collection, RunState, Tally, share_done, time_left
from lading.workflows.preview_collection import CollectionPreview
from lading.workflows.storage_use import UsedProject


@dataclass(frozen=True, slots=True)
class FreeableRow:
    """Something that a collection would free."""

    name: str
    number: int
    freed: int  # bytes


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of a collection."""

    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """One collection."""

    id: str
    badge: Badge
    started: Instant
    started_by: str
    removed: int
    freed: int  # bytes
    percent: int
    left: str
    problem: str
    steps: tuple[StepRow, ...]


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What a project keeps, in bytes; ``quota`` in words, empty where there is none."""

    project: str
    link: str
    artifacts: int
    logical: int
    unique: int
    alone: int
    never_pulled: int
    quota: str
    badge: Badge | None


@dataclass(frozen=True, slots=True)
class QuotaForm:
    """What was typed for a quota, and what is wrong with it."""

    project: str = ""
    gib: str = ""
    artifacts: str = ""
    problem: str = ""
    hint: str = ""

    def most_bytes(self) -> int | None:
        """Read GiB, with a fraction or without; raise Malformed ``quota-invalid``."""
        if not self.gib:
            return None
        if not _GIB.fullmatch(self.gib):
            raise Malformed(
                "quota-invalid", f"{self.gib[:20]!r} is no number of GiB", hint="such as 50 or 0.5"
            )
        return int(float(self.gib) * (1 << 30))

    def most_artifacts(self) -> int | None:
        """Read a whole number; raise Malformed ``quota-invalid``."""
        if not self.artifacts:
            return None
        if not _WHOLE.fullmatch(self.artifacts):
            raise Malformed("quota-invalid", f"{self.artifacts[:20]!r} is no number of artifacts")
        return int(self.artifacts)


@dataclass(frozen=True, slots=True)
class StorageView:
    """The whole page. ``may_start``, ``may_stop`` and ``may_resume`` say which buttons there are."""

    usage: tuple[UsageRow, ...]
    freed: int  # bytes
    freeable: tuple[FreeableRow, ...]
    current: CollectionRow | None
    earlier: tuple[CollectionRow, ...]
    may_start: bool
    may_stop: bool
    may_resume: bool
    notice: Notice | None


_GIB = re.compile(r"[0-9]{1,7}(\.[0-9]{1,3})?")
_WHOLE = re.compile(r"[0-9]{1,9}")

STATE_BADGES = {
    RunState.RUNNING: Badge(Tone.WARN, "Under way"),
    RunState.STOPPED: Badge(Tone.QUIET, "Stopped"),
    RunState.DONE: Badge(Tone.GOOD, "Done"),
    RunState.FAILED: Badge(Tone.BAD, "Failed"),
}


def freeable_rows(preview: CollectionPreview) -> tuple[FreeableRow, ...]:
    """By project first, then what belongs to nobody."""
    rows = [FreeableRow(project, links, freed) for project, links, freed in preview.by_project()]
    others = (
        ("content that no repository has", preview.orphans),
        ("abandoned uploads", preview.uploads),
        ("strays in the store", preview.strays),
    )
    rows += [FreeableRow(name, tally.removed, tally.freed) for name, tally in others if tally.removed]
    if preview.analyses:
        rows.append(FreeableRow("analyses of layers that no image has", preview.analyses, 0))
    return tuple(rows)


def storage_view(
    preview: CollectionPreview,
    runs: Iterable[Collection],
    used: Iterable[UsedProject],
    now: datetime,
    notice: Notice | None,
) -> StorageView:
    """Make the page."""
    rows = [(run, collection_row(run, now)) for run in runs]
    newest = rows[0][0] if rows else None
    running = newest is not None and newest.state is RunState.RUNNING
    return StorageView(
        usage=tuple(map(usage_row, used)),
        freed=preview.freed,
        freeable=freeable_rows(preview),
        current=rows[0][1] if rows else None,
        earlier=tuple(row for _, row in rows[1:]),
        may_start=not running,
        may_stop=newest is not None and running and not newest.stop_asked,
        may_resume=newest is not None and newest.state in {RunState.STOPPED, RunState.FAILED},
        notice=notice,
    )


def usage_row(used: UsedProject) -> UsageRow:
    """Make a row."""
    usage, quota = used.usage, used.quota
    parts, full = [], False
    if quota is not None and quota.most_bytes is not None:
        parts.append(size(quota.most_bytes))
        full = usage.unique >= quota.most_bytes
    if quota is not None and quota.most_artifacts is not None:
        parts.append(f"{quota.most_artifacts} artifacts")
        full = full or usage.artifacts >= quota.most_artifacts
    return UsageRow(
        project=usage.project,
        link=list_link("/registry/storage/images", project=usage.project),
        artifacts=usage.artifacts,
        logical=usage.logical,
        unique=usage.unique,
        alone=usage.alone,
        never_pulled=usage.never_pulled,
        quota=", ".join(parts),
        badge=Badge(Tone.BAD, "Full") if full else None,
    )


def collection_row(run: Collection, now: datetime) -> CollectionRow:
    """Make a row."""
    left = time_left(run)
    return CollectionRow(
        id=run.id,
        badge=Badge(Tone.WARN, "Stopping") if run.stop_asked else STATE_BADGES[run.state],
        started=instant(run.started_at, now),
        started_by=run.started_by,
        removed=run.removed,
        freed=run.freed,
        percent=int(share_done(run) * 100),
        left="" if left is None else _span(left),
        problem=run.problem,
        steps=tuple(StepRow(step.value, run.tallies[step]) for step in STEPS if step in run.tallies),
    )


def _span(left: timedelta) -> str:
    minutes = round(left.total_seconds() / 60)
    return f"about {minutes} minutes left" if minutes > 1 else "less than two minutes left"
