"""A collection from its beginning to its end, by jobs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import Principal, PrincipalKind
from lading.adapters.jobs_memory import MemoryJobs
from lading.foundation.errors import Conflict, Forbidden, Malformed, Upstream
from lading.oci.digest import Digest
from lading.registry.caller import BoundRights, Caller
from lading.registry.collection import Collection, RunState, Step, Tally, share_done, time_left
from lading.workflows.collect_garbage import (
    JOB,
    CollectionAsked,
    CollectPorts,
    collect_in_turn,
    list_collections,
    resume_collection,
    start_collection,
    stop_collection,
    work_on_collection,
)
from lading.workflows.delete_manifest import delete_manifest
from lading.workflows.preview_collection import preview_collection
from tests.support.registry import NOON, ROOT, DrivenRegistry
from tests.support.stores import put_blob

ANN = Caller(Principal(PrincipalKind.PERSON, "ann"), BoundRights(NO_BINDINGS))
HOUR = timedelta(hours=1)
ASKED = CollectionAsked(HOUR, uploads_kept=HOUR)


@dataclass
class Bench:
    """A registry, its jobs, and a clock that is a day ahead."""

    registry: DrivenRegistry = field(default_factory=DrivenRegistry)
    blobs: Any = None

    def __post_init__(self) -> None:
        self.jobs = MemoryJobs({JOB: self._work}, workers=1)
        self.ports = CollectPorts(
            self.registry.records, self.blobs or self.registry.blobs, self.now, lambda: self.jobs, ASKED
        )

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=1)

    def _work(self, arguments: Mapping[str, str]) -> None:
        work_on_collection(self.ports, arguments)

    def newest(self) -> Collection:
        return list_collections(self.registry.records, ROOT, limit=1)[0]

    def wait(self) -> Collection:
        limit = time.monotonic() + 30
        while self.newest().state is RunState.RUNNING:
            assert time.monotonic() < limit
            time.sleep(0.01)
        return self.newest()


def test_a_collection_removes_what_nobody_needs_and_tells_what() -> None:
    bench = Bench()
    registry = bench.registry
    gone = registry.push_image("team/app", name="gone")
    stays = registry.push_image("team/app", name="stays", tags=("1",))
    delete_manifest(registry.records, ROOT, "team/app", gone, NOON)
    put_blob(registry.blobs, b"orphan")
    registry.blobs.create_upload("abandoned")

    preview = preview_collection(registry.records, registry.blobs, ROOT, ASKED, bench.now())
    assert preview.by_project() == (("team", 2, len(b"layer of gone") + len(b'{"name":"gone"}')),)
    assert (preview.orphans.removed, preview.orphans.freed) == (1, 6)
    assert preview.uploads.removed == 1

    start_collection(bench.ports, ROOT, ASKED, bench.now(), run_id="r1")
    run = bench.wait()
    assert (run.state, run.problem) == (RunState.DONE, "")
    assert run.freed == preview.freed
    assert {step: tally.removed for step, tally in run.tallies.items()} == {
        Step.UPLOADS: 1, Step.LINKS: 2, Step.CONTENT: 3, Step.ANALYSES: 0, Step.STRAYS: 0,
    }  # fmt: skip
    assert share_done(run) == 1
    with registry.records.read() as kept:
        assert kept.registry.manifest("team/app", stays) is not None
        told = [entry.event.action for entry in kept.audit.page().items]
    assert told[0] == "collection.end"
    assert told.count("collection.remove") == 3
    assert len(list(registry.blobs.iter_digests())) == 2
    again = preview_collection(registry.records, registry.blobs, ROOT, ASKED, bench.now())
    assert again.freed == 0
    bench.jobs.stop()


def test_one_collection_at_a_time_and_a_turn_gives_way_to_it() -> None:
    bench = Bench()
    start_collection(bench.ports, ROOT, ASKED, bench.now(), run_id="r1")
    bench.wait()
    bench.jobs.stop()
    idle = CollectPorts(bench.registry.records, bench.registry.blobs, bench.now, _Idle)  # type: ignore[arg-type] # only enqueue is used
    start_collection(idle, ROOT, ASKED, bench.now(), run_id="r2")
    with pytest.raises(Conflict) as refused:
        start_collection(idle, ROOT, ASKED, bench.now(), run_id="r3")
    assert refused.value.code == "collection-running"
    collect_in_turn(idle, run_id="r4")
    assert [run.id for run in list_collections(bench.registry.records, ROOT, limit=9)] == ["r2", "r1"]


class _Idle:
    def enqueue(self, _job: object) -> None:
        """Never done."""


def test_a_stop_that_comes_within_a_slice_stops_it_too() -> None:
    bench = Bench()
    put_blob(bench.registry.blobs, b"orphan")
    looks: list[int] = []

    def clock_of_who_stops() -> datetime:
        looks.append(1)
        if len(looks) == 2:  # the first slice has begun, and has kept nothing yet
            stop_collection(bench.ports, ROOT, bench.now())
        return bench.now()

    idle = CollectPorts(bench.registry.records, bench.registry.blobs, clock_of_who_stops, _Idle)  # type: ignore[arg-type] # only enqueue is used
    start_collection(idle, ROOT, ASKED, bench.now(), run_id="r1")
    work_on_collection(idle, {"run": "r1"})
    assert bench.newest().state is RunState.STOPPED
    assert bench.newest().stop_asked
    resume_collection(bench.ports, ROOT, bench.now())
    assert bench.wait().state is RunState.DONE
    bench.jobs.stop()


def test_a_collection_that_was_stopped_goes_on_where_it_was() -> None:
    bench = Bench()
    idle = CollectPorts(bench.registry.records, bench.registry.blobs, bench.now, _Idle)  # type: ignore[arg-type] # only enqueue is used
    put_blob(bench.registry.blobs, b"orphan")
    start_collection(idle, ROOT, ASKED, bench.now(), run_id="r1")
    stop_collection(idle, ROOT, bench.now())
    work_on_collection(idle, {"run": "r1"})
    assert bench.newest().state is RunState.STOPPED
    with pytest.raises(Conflict):
        stop_collection(idle, ROOT, bench.now())
    work_on_collection(idle, {"run": "r1"})  # a job that comes late does nothing
    assert list(bench.registry.blobs.iter_digests()) == [Digest.of(b"orphan")]
    resume_collection(bench.ports, ROOT, bench.now())
    assert bench.wait().state is RunState.DONE
    assert list(bench.registry.blobs.iter_digests()) == []
    with pytest.raises(Conflict):
        resume_collection(bench.ports, ROOT, bench.now())
    bench.jobs.stop()


class _Away:
    """A store that is away."""

    def __getattr__(self, _name: str) -> Any:
        def fail(*_arguments: object, **_named: object) -> None:
            raise Upstream("blob-store-failed", "the store is away")

        return fail


def test_a_store_that_is_away_fails_the_collection_and_it_can_go_on() -> None:
    bench = Bench(blobs=_Away())
    start_collection(bench.ports, ROOT, ASKED, bench.now(), run_id="r1")
    run = bench.wait()
    assert (run.state, run.problem) == (RunState.FAILED, "the store is away")
    bench.jobs.stop()
    mended = Bench(bench.registry)
    resume_collection(mended.ports, ROOT, mended.now())
    assert mended.wait().state is RunState.DONE
    mended.jobs.stop()


def test_only_administrators_collect_and_no_grace_is_too_short_for_pushes() -> None:
    bench = Bench()
    with pytest.raises(Forbidden):
        start_collection(bench.ports, ANN, ASKED, bench.now(), run_id="r1")
    with pytest.raises(Forbidden):
        preview_collection(bench.registry.records, bench.registry.blobs, ANN, ASKED, bench.now())
    with pytest.raises(Malformed):
        start_collection(bench.ports, ROOT, CollectionAsked(HOUR / 2), bench.now(), run_id="r1")
    bench.jobs.stop()


def test_how_far_it_is_and_how_long_it_will_take() -> None:
    run = Collection(
        "r", RunState.RUNNING, HOUR, HOUR, NOON, "x", {Step.LINKS: 60, Step.CONTENT: 40},
        step=Step.CONTENT, tallies={Step.LINKS: Tally(60), Step.CONTENT: Tally(20)},
        worked=timedelta(seconds=80),
    )  # fmt: skip
    assert share_done(run) == 0.8
    assert time_left(run) == timedelta(seconds=20)
