"""A pass from its beginning to its end, over every store, with what can be wrong in one."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import obstore
import pytest
from obstore.store import MemoryStore

from lading.access.bindings import NO_BINDINGS
from lading.access.principal import Principal, PrincipalKind
from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.blobs_memory import MemoryBlobs
from lading.adapters.blobs_object_store import ObjectStoreBlobs
from lading.foundation.errors import Conflict, Forbidden, NotFound
from lading.inventory.container import RunningContainer
from lading.oci.digest import Digest
from lading.ports.blob_source import BlobSource
from lading.ports.blob_store import BlobStore, UploadWriter
from lading.ports.jobs import Job
from lading.ports.records.inventory import Host
from lading.registry.caller import BoundRights, Caller
from lading.registry.collection import RunState
from lading.registry.scrub import DamageState, Scrub, ScrubStep
from lading.workflows.attach_claim import push_bytes
from lading.workflows.claim_blob import Wanted, claim_blob
from lading.workflows.pull_blob import find_blob
from lading.workflows.scrub_storage import (
    JOB,
    ScrubPorts,
    run_scrub,
    scrub_in_turn,
    stop_scrub,
    work_on_scrub,
)
from lading.workflows.set_aside import HealPorts, set_aside
from lading.workflows.show_scrubs import list_damage, scrub_standing
from tests.support.registry import NOON, ROOT, DrivenRegistry

ANN = Caller(Principal(PrincipalKind.PERSON, "ann"), BoundRights(NO_BINDINGS))
LAYER = b"layer of app"


@dataclass
class Queue:
    """Jobs that are done one by one, when the test says so."""

    waiting: list[Job] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def enqueue(self, job: Job) -> None:
        if job.key not in self.keys:
            self.keys.add(job.key)
            self.waiting.append(job)


class Bench:
    """A registry whose clock goes on while somebody waits, and by ``step`` with each look at it."""

    def __init__(self, blobs: BlobStore, elsewhere: BlobSource | None = None, rate: int = 0) -> None:
        self.registry = DrivenRegistry(blobs=blobs)
        self.blobs, self.queue, self.waited = blobs, Queue(), 0.0
        self.waits, self.at_wait = 0, dict[int, Callable[[], object]]()
        self.now, self.step = NOON, timedelta(0)
        heal = HealPorts(self.registry.records, blobs, self.clock, elsewhere)
        self.ports = ScrubPorts(heal, lambda: self.queue, self.pause, rate)  # type: ignore[arg-type,return-value] # only enqueue is used

    def clock(self) -> datetime:
        self.now += self.step
        return self.now

    def pause(self, seconds: float) -> None:
        self.waited += seconds
        self.waits += 1
        if self.waits in self.at_wait:
            self.at_wait[self.waits]()
        self.now += timedelta(seconds=seconds)

    def work(self, jobs: int = 1000) -> Scrub:
        while self.queue.waiting and jobs:
            job, jobs = self.queue.waiting.pop(0), jobs - 1
            assert job.name == JOB
            work_on_scrub(self.ports, job.arguments)
        return scrub_standing(self.registry.records, ROOT).runs[0]

    def scrub(self, run_id: str = "s1") -> Scrub:
        run_scrub(self.ports, ROOT, self.clock(), run_id=run_id)
        return self.work()

    def state_of(self, digest: Digest) -> DamageState | None:
        with self.registry.records.read() as kept:
            damage = kept.scrubs.damage_of(digest)
        return damage.state if damage else None

    def actions(self) -> list[str]:
        with self.registry.records.read() as kept:
            return [entry.event.action for entry in kept.audit.page().items]


Overwrite = Callable[[Digest, bytes | None], None]


@pytest.fixture(params=["memory", "filesystem", "object-store"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[BlobStore, Overwrite]:
    """A store, and what damages it from behind: other bytes under a digest, or none."""
    if request.param == "filesystem":

        def overwrite_file(digest: Digest, content: bytes | None) -> None:
            file = tmp_path / "blobs" / digest.algorithm / digest.hex[:2] / digest.hex
            file.unlink() if content is None else file.write_bytes(content)

        return FilesystemBlobs(tmp_path), overwrite_file
    if request.param == "object-store":
        objects = MemoryStore()

        def overwrite_object(digest: Digest, content: bytes | None) -> None:
            (key,) = [
                item["path"]
                for page in obstore.list(objects)
                for item in page
                if item["path"].startswith("blobs/") and item["path"].endswith(digest.hex)
            ]
            if content is None:
                obstore.delete(objects, key)
            else:
                obstore.put(objects, key, content)

        return ObjectStoreBlobs(objects), overwrite_object
    memory = MemoryBlobs()

    def overwrite_memory(digest: Digest, content: bytes | None) -> None:
        if content is None:
            memory.delete(digest)
        else:
            memory.damage(digest, content)

    return memory, overwrite_memory


@pytest.mark.parametrize("content", [b"layer of aqp", LAYER[:5], b"", LAYER + b"more"])
def test_what_is_not_its_digest_is_set_aside_until_it_is_pushed_again(
    stored: tuple[BlobStore, Overwrite], content: bytes
) -> None:
    blobs, overwrite = stored
    bench = Bench(blobs)
    records, layer = bench.registry.records, Digest.of(LAYER)
    image = bench.registry.push_image("team/app", tags=("1",))
    assert bench.scrub().read.damaged == 0
    overwrite(layer, content)
    assert bench.state_of(layer) is None
    run = bench.scrub("s2")
    assert (run.state, run.problem, run.read.blobs, run.read.damaged) == (RunState.DONE, "", 2, 1)
    assert bench.state_of(layer) is DamageState.QUARANTINED
    assert blobs.stat(layer) is None
    with pytest.raises(NotFound) as refused:
        find_blob(records, ROOT, "team/app", layer)
    assert refused.value.code == "blob-damaged"
    with pytest.raises(NotFound):
        claim_blob(records, ROOT, Wanted("team/app", layer), NOON)
    with records.write() as kept:
        assert kept.registry.missing_blobs("team/app", [layer]) == (layer,)
    (found,) = list_damage(records, ROOT).items
    assert (found.damage.size, found.damage.found_at) == (len(content), NOON)
    assert [(each.repository, each.digest, each.tags) for each in found.images] == [
        ("team/app", image, ("1",))
    ]

    push_bytes(bench.registry.ports, ROOT, "team/app", LAYER, NOON)
    assert find_blob(records, ROOT, "team/app", layer) == len(LAYER)
    assert claim_blob(records, ROOT, Wanted("team/app", layer), NOON) == len(LAYER)
    assert list_damage(records, ROOT).items == ()
    (healed,) = list_damage(records, ROOT, healed=True).items
    assert (healed.damage.state, healed.damage.healed_by) == (DamageState.HEALED, "person:root")
    assert bench.scrub("s3").read.damaged == 0
    told = bench.actions()
    assert (told.count("blob.quarantine"), told.count("blob.heal"), told.count("scrub.end")) == (1, 1, 3)


def test_what_the_store_lacks_is_told_and_healed_by_a_push_or_when_it_is_found(
    stored: tuple[BlobStore, Overwrite],
) -> None:
    blobs, overwrite = stored
    bench = Bench(blobs)
    layer = Digest.of(LAYER)
    bench.registry.push_image("team/app", tags=("1",))
    overwrite(layer, None)
    run = bench.scrub()
    assert (run.state, run.read.damaged) == (RunState.DONE, 1)
    assert bench.state_of(layer) is DamageState.MISSING
    assert bench.scrub("s2").read.damaged == 0  # it is known
    blobs.create_upload("restored")
    with contextlib.closing(blobs.open_upload("restored")) as writer:
        writer.write(LAYER)
    blobs.finish_upload("restored", layer)
    assert bench.scrub("s3").read.healed == 1
    assert bench.state_of(layer) is None


def test_a_store_that_lacks_most_is_doubted_itself() -> None:
    bench = Bench(MemoryBlobs())
    for number in range(8):
        bench.registry.push_image("team/app", name=str(number))
    for digest in list(bench.blobs.iter_digests()):
        bench.blobs.delete(digest)
    run = bench.scrub()
    assert run.state is RunState.FAILED
    assert "the store lacks 16 of 16 blobs" in run.problem
    assert list_damage(bench.registry.records, ROOT).items == ()


def test_a_pass_stops_where_it_is_and_goes_on_from_there() -> None:
    bench = Bench(MemoryBlobs(), rate=1 << 20)
    for number in range(12):
        push_bytes(bench.registry.ports, ROOT, "team/app", bytes([number]) * (1 << 20), NOON)
    run_scrub(bench.ports, ROOT, NOON, run_id="s1")
    with pytest.raises(Conflict) as refused:
        run_scrub(bench.ports, ROOT, NOON, run_id="s2")
    assert refused.value.code == "scrub-running"
    run = bench.work(jobs=1)
    assert (run.state, run.read.blobs) == (RunState.RUNNING, 10)  # in ten seconds, at 1 MiB a second
    assert bench.waited == pytest.approx(10, abs=0.1)
    stop_scrub(bench.ports, ROOT, NOON)
    run = bench.work()
    assert (run.state, run.read.blobs) == (RunState.STOPPED, 10)
    with pytest.raises(Conflict):
        stop_scrub(bench.ports, ROOT, NOON)
    run = bench.scrub("s2")
    assert (run.id, run.state, run.read.blobs, run.read.bytes) == ("s1", RunState.DONE, 12, 12 << 20)
    whole = scrub_standing(bench.registry.records, ROOT).last_whole
    assert whole is not None
    assert whole.id == "s1"


def test_a_stop_is_heard_within_a_large_blob_which_is_read_again_from_its_beginning() -> None:
    bench = Bench(MemoryBlobs(), rate=1 << 20)
    push_bytes(bench.registry.ports, ROOT, "team/app", bytes(50 << 20), NOON)
    run_scrub(bench.ports, ROOT, NOON, run_id="s1")
    bench.at_wait = {5: lambda: stop_scrub(bench.ports, ROOT, NOON)}
    run = bench.work()
    assert (run.state, run.read.blobs, run.cursor) == (RunState.STOPPED, 0, "")
    assert bench.waited < 10
    run = bench.scrub()
    assert (run.state, run.read.blobs, run.read.bytes) == (RunState.DONE, 1, 50 << 20)


def test_a_job_that_was_killed_is_done_again_and_one_of_an_earlier_place_gives_way() -> None:
    bench = Bench(MemoryBlobs())
    bench.registry.push_image("team/app")
    run_scrub(bench.ports, ROOT, NOON, run_id="s1")
    job = bench.queue.waiting[0]
    bench.step = timedelta(seconds=4)  # so slow that one job reads one blob
    bench.work(jobs=1)
    seen = scrub_standing(bench.registry.records, ROOT).runs[0]
    assert 0 < seen.read.blobs < 2 or seen.step is ScrubStep.LINKS
    work_on_scrub(bench.ports, job.arguments)  # the engine does it once more
    bench.step = timedelta(0)
    run = bench.work()
    assert (run.state, run.read.blobs) == (RunState.DONE, 2)


def test_content_that_was_pushed_again_since_it_was_read_is_left_alone() -> None:
    bench = Bench(MemoryBlobs())
    bench.registry.push_image("team/app")
    layer = Digest.of(LAYER)
    assert not set_aside(bench.ports.heal, layer, 3, NOON)
    assert bench.blobs.stat(layer) == len(LAYER)
    assert bench.state_of(layer) is None


class Elsewhere:
    """Another registry in memory."""

    name = "https://other.example"

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked: list[str] = []

    def copy_blob(self, repository: str, digest: Digest, writer: UploadWriter) -> None:
        self.asked.append(repository)
        writer.write(self.content[:4])
        if not self.content:
            raise NotFound("blob-unknown", f"there is no blob {digest}")
        writer.write(self.content[4:])


def test_another_registry_heals_what_is_corrupt_and_what_is_missing(
    stored: tuple[BlobStore, Overwrite],
) -> None:
    blobs, overwrite = stored
    other = Elsewhere(LAYER)
    bench = Bench(blobs, other)
    bench.registry.push_image("team/app", tags=("1",))
    layer = Digest.of(LAYER)
    for run_id, content in (("s1", b"junk"), ("s2", None)):
        overwrite(layer, content)
        run = bench.scrub(run_id)
        assert (run.read.damaged, run.read.healed) == (1, 1)
        assert b"".join(blobs.read(layer)) == LAYER
        assert bench.state_of(layer) is None
    (healed,) = list_damage(bench.registry.records, ROOT, healed=True).items
    assert healed.damage.healed_by == other.name
    assert other.asked == ["team/app", "team/app"]


@pytest.mark.parametrize("content", [b"", b"other bytes"])
def test_what_another_registry_does_not_have_or_has_otherwise_stays_aside(content: bytes) -> None:
    memory = MemoryBlobs()
    bench = Bench(memory, Elsewhere(content))
    bench.registry.push_image("team/app")
    layer = Digest.of(LAYER)
    memory.damage(layer, b"junk")
    run = bench.scrub()
    assert (run.state, run.read.damaged, run.read.healed) == (RunState.DONE, 1, 0)
    assert bench.state_of(layer) is DamageState.QUARANTINED
    assert list(memory.iter_uploads()) == []
    with pytest.raises(NotFound):
        memory.read(layer)


def test_containers_that_run_from_affected_images_are_named() -> None:
    memory = MemoryBlobs()
    bench = Bench(memory)
    image = bench.registry.push_image("team/app", tags=("1",))
    container = RunningContainer(
        "web-1", "docker", "c" * 64, "shop", "r.example/team/app:1", f"sha256:{'a' * 64}",
        (f"r.example/team/app@{image}",), "", {}, False, "",
    )  # fmt: skip
    with bench.registry.records.write() as kept:
        kept.inventory.report(Host("web-1", "1", NOON), [container])
    memory.damage(Digest.of(LAYER), b"junk")
    bench.scrub()
    (found,) = list_damage(bench.registry.records, ROOT).items
    assert [(each.name, owner) for each, owner in found.running] == [("shop", "")]


def test_a_turn_begins_a_pass_when_one_is_due() -> None:
    bench = Bench(MemoryBlobs())
    scrub_in_turn(bench.ports, run_id="s1")
    assert bench.work().state is RunState.DONE
    scrub_in_turn(bench.ports, run_id="s2")
    assert bench.queue.waiting == []
    bench.now += timedelta(days=31)
    scrub_in_turn(bench.ports, run_id="s2")
    assert bench.work().id == "s2"


def test_only_who_runs_the_installation_may() -> None:
    bench = Bench(MemoryBlobs())
    for ask in (
        lambda: run_scrub(bench.ports, ANN, NOON, run_id="s1"),
        lambda: stop_scrub(bench.ports, ANN, NOON),
        lambda: scrub_standing(bench.registry.records, ANN),
        lambda: list_damage(bench.registry.records, ANN),
    ):
        with pytest.raises(Forbidden):
            ask()
