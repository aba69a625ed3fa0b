"""Collecting what nobody needs, while everybody goes on pushing and pulling.

What is needed, and why nothing that is needed is ever removed. Code that keeps a rule names it.

C1. Content is needed while a repository has it *linked*. A link is needed while a manifest of its repository
    lists the blob (an index needs its manifests, which are records and are not collected here), or while it
    is *claimed*.
C2. Whoever is told that a blob is here has claimed its link first: who finishes an upload, who mounts, who
    asks with HEAD, and whoever pushes from inside. A claim lasts for the grace of the collection, and is
    renewed when half of the shortest grace is over: it never ends sooner than that after the answer.
C3. Deleting a manifest claims the links that it listed: what was needed a moment ago is unclaimed for a whole
    grace before it goes.
C4. A link is removed in a transaction that holds its row and only then looks whether a manifest lists it,
    and whether it is claimed. A manifest is saved in a transaction that holds the rows of all links that it
    lists. So of the two, one comes first and the other sees what it did.
C5. Content is removed in a transaction that holds its gate alone and only then looks whether it is linked. A
    link is made in a transaction that holds the gate together with others who link, and only then looks
    whether the content is there. So nothing is linked to content that is going.
C6. Content that was stored within the grace, by the store's own clock, stays: its push is on its way from the
    store to the records.
C7. Records go first, content afterwards. Killed anywhere, a collection leaves at most content that nobody
    needs, which the next one finds; never a link without content.
C8. An upload is dropped only when nobody writes to it and no byte came for as long as uploads are kept.
C9. Rules C4 and C5 do not look at clocks. When a clock jumps, claims end early: a push that is under way is
    told that a blob is missing, and sends it again. What was acknowledged is not touched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

DEFAULT_GRACE = timedelta(hours=24)
SHORTEST_GRACE = timedelta(hours=1)
LONGEST_GRACE = timedelta(days=365)


class Step(StrEnum):
    """The steps of a collection, in their order."""

    UPLOADS = "uploads"
    LINKS = "links"
    CONTENT = "content"
    ANALYSES = "analyses"
    STRAYS = "strays"


STEPS = tuple(Step)


class RunState(StrEnum):
    """How far a collection is."""

    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Tally:
    """What a step has looked at and removed."""

    examined: int = 0
    removed: int = 0
    freed: int = 0  # bytes

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(self.examined + other.examined, self.removed + other.removed, self.freed + other.freed)


NOTHING = Tally()


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection, as far as it is.

    ``cursor`` is where the step under way goes on, as its records or store understand it. ``expected`` is how
    much each step will have to look at, as it was counted when the collection began. ``revision`` counts what
    was written, so that of two workers who took up the same collection one gives way. ``worked`` is time
    spent working, without the pauses of a collection that was stopped.
    """

    id: str
    state: RunState
    grace: timedelta
    uploads_kept: timedelta
    started_at: datetime
    started_by: str
    expected: Mapping[Step, int]
    step: Step = Step.UPLOADS
    cursor: str = ""
    tallies: Mapping[Step, Tally] = field(default_factory=dict)
    updated_at: datetime | None = None
    ended_at: datetime | None = None
    worked: timedelta = timedelta(0)
    attempt: int = 1
    revision: int = 0
    stop_asked: bool = False
    problem: str = ""

    @property
    def freed(self) -> int:
        """Bytes removed so far. Links weigh nothing: content is counted when it goes."""
        return sum(tally.freed for step, tally in self.tallies.items() if step is not Step.LINKS)

    @property
    def removed(self) -> int:
        """Things removed so far."""
        return sum(tally.removed for tally in self.tallies.values())


@dataclass(frozen=True, slots=True)
class SliceDone:
    """What one slice of a step did. ``cursor`` is empty where the step is at its end."""

    tally: Tally
    cursor: str = ""


def advance(run: Collection, done: SliceDone, now: datetime, worked: timedelta) -> Collection:
    """The collection after a slice: further in its step, in the next one, or at its end."""
    tallies = {**run.tallies, run.step: run.tallies.get(run.step, NOTHING).plus(done.tally)}
    moved = replace(
        run,
        tallies=tallies,
        cursor=done.cursor,
        updated_at=now,
        worked=run.worked + worked,
        revision=run.revision + 1,
    )
    if done.cursor:
        return moved
    later = STEPS[STEPS.index(run.step) + 1 :]
    if later:
        return replace(moved, step=later[0])
    return replace(moved, state=RunState.DONE, ended_at=now)


def share_done(run: Collection) -> float:
    """How much of the work is done, from 0 to 1, by what was counted at the beginning."""
    if run.state is RunState.DONE:
        return 1.0
    total = sum(run.expected.values())
    done = 0
    for step in STEPS[: STEPS.index(run.step)]:
        done += run.expected.get(step, 0)
    examined = run.tallies.get(run.step, NOTHING).examined
    done += min(examined, run.expected.get(run.step, 0))
    return min(1.0, done / total) if total else 0.0


def time_left(run: Collection) -> timedelta | None:
    """How much longer it will work, if it goes on as it did; None where too little is done to tell."""
    share = share_done(run)
    if run.state is not RunState.RUNNING or share < 0.01 or run.worked < timedelta(seconds=1):
        return None
    return run.worked * ((1 - share) / share)


def claim_is_old(claimed_at: datetime, now: datetime) -> bool:
    """Whether who is told that a blob is here must renew its claim (C2); also when the clock went back."""
    return not timedelta(0) <= now - claimed_at < SHORTEST_GRACE / 2
