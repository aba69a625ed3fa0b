"""Read everything again at a set rate: begin, stop and go on with a pass, and do its work in slices.

1. At most one pass is under way. It is kept in the records, so every server and every command sees it.
2. A job reads for some seconds, writes down how far it is, and asks for the next one. A job that was killed
   is done again, from where the one before it ended.
3. While it reads, it looks every now and then whether somebody asked to stop, also within a large blob, which
   is then read again from its beginning when the pass goes on.
4. What is found damaged is set aside at once (``workflows.set_aside``) and healed where it can be.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.access.verbs import Verb
from lading.audit.entry import Event
from lading.foundation.errors import Conflict, LadingError, NotFound, Upstream
from lading.foundation.instants import rfc3339
from lading.oci.digest import Digest
from lading.ports.jobs import Job, Jobs
from lading.ports.records.record_set import RecordSet
from lading.registry.caller import BoundRights, Caller
from lading.registry.collection import RunState
from lading.registry.scrub import Read, Scrub, ScrubStep, advance, is_due, time_to_wait
from lading.workflows.rights import require_on_installation
from lading.workflows.set_aside import HealPorts, heal_from_elsewhere, note_missing, note_whole, set_aside

JOB = "scrub"
_JOB_SECONDS = timedelta(seconds=10)
_LOOK_SECONDS = timedelta(seconds=2)  # between looks at whether somebody asked to stop
_SHORTEST_WAIT = timedelta(milliseconds=20)
_LINKS = 100  # looked up at once
_FEW = 10  # blobs of one stretch that may be missing before the store itself is doubted


@dataclass(frozen=True, slots=True)
class ScrubPorts:
    """What scrubbing needs. ``pause`` waits for seconds; ``rate`` is in bytes a second, 0 without limit."""

    heal: HealPorts
    jobs: Callable[[], Jobs]  # late: the jobs' runners are made before the jobs
    pause: Callable[[float], None]
    rate: int = 0
    every: timedelta = timedelta(days=30)


def run_scrub(ports: ScrubPorts, caller: Caller, now: datetime, *, run_id: str) -> Scrub:
    """Begin a pass, or go on with one that was stopped or failed. Raises Conflict ``scrub-running``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with ports.heal.records.write() as kept:
        newest = _newest(kept)
        if newest is not None and newest.state is RunState.RUNNING:
            raise Conflict(
                "scrub-running",
                f"everything is being read again since {newest.started_at:%Y-%m-%d %H:%M} UTC",
                hint="lading admin scrub status shows how far it is; lading admin scrub stop stops it",
            )
        if newest is None or newest.state is RunState.DONE:
            run = Scrub(run_id, RunState.RUNNING, now, str(caller.principal), kept.storage.counts()[1])
            run = replace(run, updated_at=now)
        else:
            run = replace(
                newest,
                state=RunState.RUNNING,
                stop_asked=False,
                problem="",
                attempt=newest.attempt + 1,
                revision=newest.revision + 1,
                updated_at=now,
            )
        _save(kept, run)
        kept.audit.append(caller.did("scrub.run", run.id, now))
    _ask_for_job(ports, run)
    return run


def stop_scrub(ports: ScrubPorts, caller: Caller, now: datetime) -> Scrub:
    """Ask the pass under way to stop. Raises Conflict ``scrub-not-running``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with ports.heal.records.write() as kept:
        run = _newest(kept)
        if run is None or run.state is not RunState.RUNNING:
            raise Conflict("scrub-not-running", "nothing is being read again")
        run = replace(run, stop_asked=True, revision=run.revision + 1)
        _save(kept, run)
        kept.audit.append(caller.did("scrub.stop", run.id, now))
    _ask_for_job(ports, run)  # helps where its job was lost; the one under way has gone on by then
    return run


def scrub_in_turn(ports: ScrubPorts, *, run_id: str) -> None:
    """Begin a pass where one is due, and go on with one that failed; one that people stopped stays so."""
    now = ports.heal.clock()
    with ports.heal.records.read() as kept:
        due = is_due(_newest(kept), now, ports.every)
    if due:
        with contextlib.suppress(Conflict):
            run_scrub(ports, Caller(SYSTEM, BoundRights(NO_BINDINGS)), now, run_id=run_id)


def work_on_scrub(ports: ScrubPorts, arguments: Mapping[str, str]) -> None:
    """Read for some seconds, then ask for the next job (step 2)."""
    with ports.heal.records.read() as kept:
        run = kept.scrubs.scrub(arguments["run"])
    if run is None or run.state is not RunState.RUNNING:
        return
    stretch = _Stretch(ports, run, begun=ports.heal.clock())
    try:
        after = stretch.read_content() if run.step is ScrubStep.CONTENT else stretch.look_up_links()
    except LadingError as error:
        problem = str(error)
        after = _change(ports, run, lambda fresh, now: _failed(fresh, problem, now))
    if after is not None and after.state is RunState.RUNNING:
        _ask_for_job(ports, after)


@dataclass(slots=True)
class _Stretch:
    """The work of one job."""

    ports: ScrubPorts
    run: Scrub
    begun: datetime
    read: Read = field(default_factory=Read)
    paced: int = 0  # bytes that came from the store, also of what was read twice
    looked_at: datetime | None = None
    stopping: bool = False

    def read_content(self) -> Scrub | None:
        """Read blobs in order until the time is over."""
        cursor = self.run.cursor
        after = Digest.parse(cursor) if cursor else None
        for digest in self.ports.heal.blobs.iter_digests(after=after):
            if self._is_over() and cursor != self.run.cursor:
                return self._keep(cursor)
            if self._stop_asked() or not self._examine(digest):
                return self._keep(cursor)
            cursor = str(digest)
        return self._keep(None)

    def look_up_links(self) -> Scrub | None:
        """Look whether what the records name is in the store."""
        cursor = self.run.cursor
        while True:
            with self.ports.heal.records.read() as kept:
                page = kept.storage.links(after=cursor, limit=_LINKS)
                named = list(dict.fromkeys(link.digest for link in page.items))
                known = {digest for digest in named if kept.scrubs.damage_of(digest) is not None}
            missing = [digest for digest in named if self.ports.heal.blobs.stat(digest) is None]
            unknown = len(missing) - len(known.intersection(missing))
            if unknown > max(_FEW, len(named) // 2):
                raise Upstream(
                    "store-incomplete",
                    f"the store lacks {unknown} of {len(named)} blobs, so the store is doubted",
                    hint="look whether it is mounted and the right one; lading admin fsck tells more",
                )
            for digest in missing:
                found = note_missing(self.ports.heal, digest)
                self._count(damaged=int(found), healed=int(heal_from_elsewhere(self.ports.heal, digest)))
            cursor = page.next
            if not cursor:
                return self._keep(None)
            if self._is_over() or self._stop_asked():
                return self._keep(cursor)

    def _examine(self, digest: Digest) -> bool:
        """Read one blob, and once more where it differs; False where it was stopped."""
        heal = self.ports.heal
        seen, size = heal.blobs.stored_at(digest), 0
        for _ in range(2):
            size, matches = self._digested(digest)
            if self.stopping:
                return False
            if matches is None:  # it was removed meanwhile
                return True
            if matches:
                with heal.records.read() as kept:
                    known = kept.scrubs.damage_of(digest) is not None
                healed = known and note_whole(heal, digest, by="the store: it is there, and whole")
                self._count(blobs=1, size=size, healed=int(healed))
                return True
        damaged = set_aside(heal, digest, size, seen)
        healed = damaged and heal_from_elsewhere(heal, digest)
        self._count(blobs=1, size=size, damaged=int(damaged), healed=int(healed))
        return True

    def _digested(self, digest: Digest) -> tuple[int, bool | None]:
        """The size that was read, and whether it has the digest; None where it is not here."""
        running, size = digest.running(), 0
        try:
            with contextlib.closing(self.ports.heal.blobs.read(digest)) as stream:
                for chunk in stream:
                    running.update(chunk)
                    size += len(chunk)
                    self._keep_pace(len(chunk))
                    if self._stop_asked():
                        break
        except NotFound:
            return 0, None
        except OSError:  # the disk cannot read what it holds
            return size, False
        return size, running.hexdigest() == digest.hex

    def _keep_pace(self, size: int) -> None:
        self.paced += size
        wait = time_to_wait(self.paced, self.ports.heal.clock() - self.begun, self.ports.rate)
        if wait >= _SHORTEST_WAIT:
            self.ports.pause(wait.total_seconds())

    def _stop_asked(self) -> bool:
        now = self.ports.heal.clock()
        if self.looked_at is None or not timedelta(0) <= now - self.looked_at < _LOOK_SECONDS:
            self.looked_at = now
            with self.ports.heal.records.read() as kept:
                fresh = kept.scrubs.scrub(self.run.id)
            self.stopping = fresh is None or fresh.stop_asked
        return self.stopping

    def _is_over(self) -> bool:
        return not timedelta(0) <= self.ports.heal.clock() - self.begun < _JOB_SECONDS

    def _count(self, *, blobs: int = 0, size: int = 0, damaged: int = 0, healed: int = 0) -> None:
        read = self.read
        self.read = Read(read.blobs + blobs, read.bytes + size, read.damaged + damaged, read.healed + healed)

    def _keep(self, cursor: str | None) -> Scrub | None:
        return _change(self.ports, self.run, lambda fresh, now: advance(fresh, self.read, cursor, now))


def _change(ports: ScrubPorts, run: Scrub, change: Callable[[Scrub, datetime], Scrub]) -> Scrub | None:
    """Change the pass as it is now; None where another worker has gone on with it."""
    now = ports.heal.clock()
    with ports.heal.records.write() as kept:
        fresh = kept.scrubs.scrub(run.id)
        if fresh is None or _place(fresh) != _place(run):
            return None
        after = change(fresh, now)
        _save(kept, after)
        if after.state is RunState.DONE:
            read = after.read
            told = {"blobs": read.blobs, "bytes": read.bytes, "damaged": read.damaged, "healed": read.healed}
            kept.audit.append(Event(rfc3339(now), str(SYSTEM), "scrub.end", after.id, "done", told))
    return after


def _place(run: Scrub) -> tuple[int, RunState, ScrubStep, str]:
    """Where a pass is: people who ask it to stop do not move it, workers do."""
    return run.attempt, run.state, run.step, run.cursor


def _failed(run: Scrub, problem: str, now: datetime) -> Scrub:
    return replace(run, state=RunState.FAILED, problem=problem, updated_at=now, revision=run.revision + 1)


def _newest(kept: RecordSet) -> Scrub | None:
    found = kept.scrubs.scrubs(limit=1)
    return found[0] if found else None


def _save(kept: RecordSet, run: Scrub) -> None:
    if not kept.scrubs.save_scrub(run):
        raise Conflict("scrub-changed", "the pass has moved on meanwhile", hint="try again")


def _ask_for_job(ports: ScrubPorts, run: Scrub) -> None:
    """The revision makes the key a new one; a job that asks twice for the same work asks once."""
    ports.jobs().enqueue(Job(JOB, f"{JOB}/{run.id}/{run.attempt}/{run.revision}", {"run": run.id}))
