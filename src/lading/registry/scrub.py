"""Reading everything again, to see whether it is still what its digest says.

1. A pass reads all content of the store in the order of its digests, then looks whether everything that the
   records name is in the store.
2. What differs is read a second time before it counts: memory and networks err too.
3. What is damaged is written down first and taken out of sight then, so that a crash in between leaves
   content that is known to be damaged, never content that is unknown to be gone.
4. What was stored again since it was read is left alone: a push has healed it.
5. From then on the blob is as if it were not here: a pull is refused, HEAD does not find it, no manifest that
   lists it is taken. So whoever pushes it again sends it, and that heals it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from lading.oci.digest import Digest
from lading.registry.collection import RunState


class ScrubStep(StrEnum):
    """The steps of a pass, in their order."""

    CONTENT = "content"
    LINKS = "links"


class DamageState(StrEnum):
    """How it stands with a damaged blob."""

    QUARANTINED = "quarantined"  # its content was not what the digest says
    MISSING = "missing"  # the records name it, and the store does not have it
    HEALED = "healed"


@dataclass(frozen=True, slots=True)
class Damage:
    """A blob that was found damaged. ``size`` is how many bytes were read of it, 0 where it was missing.

    ``healed_by`` is who pushed it again, or the registry that it was taken from.
    """

    digest: Digest
    state: DamageState
    found_at: datetime
    size: int
    healed_at: datetime | None = None
    healed_by: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What a stretch of a pass has looked at: blobs, their bytes, and how many of them were damaged."""

    blobs: int = 0
    bytes: int = 0
    damaged: int = 0
    healed: int = 0


@dataclass(frozen=True, slots=True)
class Scrub:
    """One pass, as far as it is.

    ``cursor`` is where the step under way goes on. ``expected`` is how many blobs the records knew when it
    began. ``revision`` counts what was written, so that of two workers one gives way. ``read`` is of the
    content; links are only looked up.
    """

    id: str
    state: RunState
    started_at: datetime
    started_by: str
    expected: int
    step: ScrubStep = ScrubStep.CONTENT
    cursor: str = ""
    read: Read = Read()
    updated_at: datetime | None = None
    ended_at: datetime | None = None
    attempt: int = 1
    revision: int = 0
    stop_asked: bool = False
    problem: str = ""


def advance(run: Scrub, read: Read, cursor: str | None, now: datetime) -> Scrub:
    """The pass after a stretch; ``cursor`` is None where its step is at its end."""
    before = run.read
    total = Read(
        before.blobs + read.blobs,
        before.bytes + read.bytes,
        before.damaged + read.damaged,
        before.healed + read.healed,
    )
    moved = replace(run, read=total, cursor=cursor or "", updated_at=now, revision=run.revision + 1)
    if cursor is not None:
        return replace(moved, state=RunState.STOPPED) if run.stop_asked else moved
    if run.step is ScrubStep.CONTENT:
        return replace(moved, step=ScrubStep.LINKS)
    return replace(moved, state=RunState.DONE, ended_at=now)


def share_read(run: Scrub) -> float:
    """How much is read, from 0 to 1. Until it is at its end, never quite all: content may have come since."""
    if run.state is RunState.DONE:
        return 1.0
    return min(0.99, run.read.blobs / run.expected) if run.expected else 0.0


def time_to_wait(read_bytes: int, taken: timedelta, bytes_per_second: int) -> timedelta:
    """How long to wait after reading so much in this time to keep to the rate; 0 is no limit."""
    if bytes_per_second <= 0:
        return timedelta(0)
    due = timedelta(seconds=read_bytes / bytes_per_second)
    return max(timedelta(0), min(due - taken, due))  # a clock that went back makes nobody wait for hours


def is_due(newest: Scrub | None, now: datetime, every: timedelta) -> bool:
    """Whether a pass should begin by itself, or go on. One that failed does; one that was stopped waits."""
    if newest is None or newest.state is RunState.FAILED:
        return True
    return newest.state is not RunState.RUNNING and now - newest.started_at >= every
