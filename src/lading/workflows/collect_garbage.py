"""Collect what nobody needs: begin, stop and resume it, and do its work in slices.

1. At most one collection is under way. It is kept in the records, so every server and every command sees it.
2. The work is done by jobs, each of which works for a few seconds and then asks for the next: analyses of
   images are never kept waiting for long. A job that was killed is done again, from the last slice on.
3. A slice is one step's work on a few hundred things (``workflows.collection_steps``). What it removed, how
   far it is and the audit entry are written in one transaction.
4. Before each slice it looks whether somebody asked to stop. A collection that was stopped, or that failed
   because the store or the database was away, is resumed where it was.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import SYSTEM
from lading.access.verbs import Verb
from lading.foundation.errors import Conflict, LadingError, Malformed
from lading.ports.blob_store import BlobStore
from lading.ports.jobs import Job, Jobs
from lading.ports.records.record_set import Records, RecordSet
from lading.registry.caller import BoundRights, Caller
from lading.registry.collection import (
    DEFAULT_GRACE,
    LONGEST_GRACE,
    SHORTEST_GRACE,
    Collection,
    RunState,
    Step,
)
from lading.workflows.collection_steps import SlicePorts, run_slice
from lading.workflows.rights import require_on_installation

JOB = "collect"
_JOB_SECONDS = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class CollectionAsked:
    """How to collect: what is younger than ``grace`` stays, and uploads that are younger than theirs."""

    grace: timedelta = DEFAULT_GRACE
    uploads_kept: timedelta = DEFAULT_GRACE


EVERY_DAY = CollectionAsked()


@dataclass(frozen=True, slots=True)
class CollectPorts:
    """What collecting needs."""

    records: Records
    blobs: BlobStore
    clock: Callable[[], datetime]
    jobs: Callable[[], Jobs]  # late: the jobs' runners are made before the jobs
    asked: CollectionAsked = EVERY_DAY  # how to collect where nobody says otherwise


def start_collection(
    ports: CollectPorts, caller: Caller, asked: CollectionAsked, now: datetime, *, run_id: str
) -> Collection:
    """Begin a collection. Raises Conflict ``collection-running`` while one is under way."""
    require_on_installation(caller, Verb.ADMINISTER)
    if not SHORTEST_GRACE <= asked.grace <= LONGEST_GRACE:
        raise Malformed(
            "grace-invalid",
            f"the grace must be from {SHORTEST_GRACE} to {LONGEST_GRACE.days} days",
            hint="pushes that are under way rely on it",
        )
    with ports.records.write() as kept:
        _refuse_second(kept)
        run = Collection(
            id=run_id,
            state=RunState.RUNNING,
            grace=asked.grace,
            uploads_kept=asked.uploads_kept,
            started_at=now,
            started_by=str(caller.principal),
            expected=_expected(kept),
            updated_at=now,
        )
        kept.storage.save_collection(run)
        grace = int(asked.grace.total_seconds())
        kept.audit.append(caller.did("collection.start", run.id, now, grace_seconds=grace))
    _ask_for_job(ports, run)
    return run


def stop_collection(ports: CollectPorts, caller: Caller, now: datetime) -> Collection:
    """Ask the collection under way to stop after its slice. Raises Conflict ``collection-not-running``."""
    require_on_installation(caller, Verb.ADMINISTER)
    with ports.records.write() as kept:
        run = _newest(kept)
        if run is None or run.state is not RunState.RUNNING:
            raise Conflict("collection-not-running", "no collection is under way")
        run = replace(run, stop_asked=True, revision=run.revision + 1)
        _save(kept, run)
        kept.audit.append(caller.did("collection.stop", run.id, now))
    return run


def resume_collection(ports: CollectPorts, caller: Caller, now: datetime) -> Collection:
    """Go on with the newest collection. Raises Conflict ``collection-not-stopped``.

    One that is said to be running is asked for again: that is harmless, and helps where its job was lost.
    """
    require_on_installation(caller, Verb.ADMINISTER)
    with ports.records.write() as kept:
        run = _newest(kept)
        if run is None or run.state is RunState.DONE:
            raise Conflict("collection-not-stopped", "there is no collection to go on with")
        run = replace(
            run,
            state=RunState.RUNNING,
            stop_asked=False,
            problem="",
            attempt=run.attempt + 1,
            revision=run.revision + 1,
            updated_at=now,
        )
        _save(kept, run)
        kept.audit.append(caller.did("collection.resume", run.id, now))
    _ask_for_job(ports, run)
    return run


def list_collections(records: Records, caller: Caller, *, limit: int) -> tuple[Collection, ...]:
    """The newest collections, newest first."""
    require_on_installation(caller, Verb.ADMINISTER)
    with records.read() as kept:
        return kept.storage.collections(limit=limit)


def collect_in_turn(ports: CollectPorts, *, run_id: str) -> None:
    """Begin the collection of this turn, unless one is under way; one that was stopped by people stays so."""
    caller = Caller(SYSTEM, BoundRights(NO_BINDINGS))
    try:
        start_collection(ports, caller, ports.asked, ports.clock(), run_id=run_id)
    except Conflict:
        return


def work_on_collection(ports: CollectPorts, arguments: Mapping[str, str]) -> None:
    """Do slices for a few seconds, then ask for the next job (step 2)."""
    begun = ports.clock()
    while True:
        run = _next_slice(ports, arguments["run"])
        if run is None or run.state is not RunState.RUNNING:
            return
        if not timedelta(0) <= ports.clock() - begun < _JOB_SECONDS:
            _ask_for_job(ports, run)
            return


def _next_slice(ports: CollectPorts, run_id: str) -> Collection | None:
    """Do one slice; None where the collection is not this job's to go on with."""
    with ports.records.read() as kept:
        run = kept.storage.collection(run_id)
    if run is None or run.state is not RunState.RUNNING:
        return None
    if run.stop_asked:
        return _end(ports, run, RunState.STOPPED)
    try:
        done = run_slice(SlicePorts(ports.records, ports.blobs, ports.clock), run)
    except LadingError as error:
        return _end(ports, run, RunState.FAILED, str(error))
    return done if done is not None else _stopped_within(ports, run_id)


def _stopped_within(ports: CollectPorts, run_id: str) -> Collection | None:
    """End a collection that somebody asked to stop while its slice was done, which was given up for that."""
    with ports.records.read() as kept:
        run = kept.storage.collection(run_id)
    asked = run is not None and run.state is RunState.RUNNING and run.stop_asked
    return _end(ports, run, RunState.STOPPED) if run is not None and asked else None


def _end(ports: CollectPorts, run: Collection, state: RunState, problem: str = "") -> Collection | None:
    now = ports.clock()
    ended = replace(run, state=state, problem=problem, updated_at=now, revision=run.revision + 1)
    with ports.records.write() as kept:
        return ended if kept.storage.save_collection(ended) else None


def _expected(kept: RecordSet) -> dict[Step, int]:
    links, blobs = kept.storage.counts()
    return {Step.LINKS: links, Step.CONTENT: blobs, Step.ANALYSES: kept.storage.unused_analyses()}


def _refuse_second(kept: RecordSet) -> None:
    run = _newest(kept)
    if run is not None and run.state is RunState.RUNNING:
        raise Conflict(
            "collection-running",
            f"a collection is under way since {run.started_at:%Y-%m-%d %H:%M} UTC",
            hint="lading admin gc status shows how far it is; lading admin gc stop stops it",
        )


def _newest(kept: RecordSet) -> Collection | None:
    found = kept.storage.collections(limit=1)
    return found[0] if found else None


def _save(kept: RecordSet, run: Collection) -> None:
    if not kept.storage.save_collection(run):
        raise Conflict("collection-changed", "the collection has moved on meanwhile", hint="try again")


def _ask_for_job(ports: CollectPorts, run: Collection) -> None:
    """The revision makes the key a new one; a job that asks twice for the same work asks once."""
    key = f"{JOB}/{run.id}/{run.attempt}/{run.revision}"
    ports.jobs().enqueue(Job(JOB, key, {"run": run.id}))
