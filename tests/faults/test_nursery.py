"""Workers that are forked: what they hold, and who ends with whom."""

import contextlib
import gzip
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lading.adapters.analyser_process import ProcessAnalyser, WorkerLimits
from lading.adapters.analyser_workers import Nursery
from lading.adapters.blobs_memory import MemoryBlobs
from lading.oci.digest import Digest
from tests.support.layers import layer_of
from tests.support.package_databases import STATUS
from tests.support.stores import put_blob

pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="this system has no process descriptors"
)

LAYER = layer_of({"var/lib/dpkg/status": STATUS})
SLOW = gzip.compress(layer_of({f"srv/{number}": b"" for number in range(20_000)}), 1)


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    with contextlib.closing(Nursery()) as made:
        yield made


def analyser(nursery: Nursery, *layers: bytes, limits: WorkerLimits | None = None) -> ProcessAnalyser:
    blobs = MemoryBlobs()
    for number, layer in enumerate(layers):
        put_blob(blobs, layer, upload_id=str(number))
    return ProcessAnalyser(blobs, limits, nursery=nursery)


def children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(number) for task in tasks for number in task.read_text().split()]


def nursery_of(process: int) -> int:
    """The youngest: other tests of this process may have left theirs."""
    found = [
        one for one in children(process) if b"analyser_nursery" in Path(f"/proc/{one}/cmdline").read_bytes()
    ]
    return max(found, key=started)


def started(process: int) -> int:
    """When it started, in ticks since the machine did (proc(5), field 22)."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])


def held_by(process: int) -> set[int]:
    """The descriptors that it has open."""
    return {int(each.name) for each in Path(f"/proc/{process}/fd").iterdir()}


def until(condition: str, holds: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    assert callable(holds)
    while not holds():
        assert time.monotonic() < deadline, condition
        time.sleep(0.01)


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_worker_holds_its_layer_and_its_answers_and_nothing_else(nursery: Nursery) -> None:
    reading = analyser(nursery, SLOW, LAYER)
    assert reading.analyse(Digest.of(LAYER), Digest.of(LAYER)).whole
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(reading.analyse, Digest.of(SLOW), Digest.of(gzip.decompress(SLOW)))
        home = nursery_of(os.getpid())
        until("a worker begins", lambda: children(home))
        (worker,) = children(home)
        # Just forked it still has what the nursery has; it reads nothing before it has closed that.
        until("it holds nothing else", lambda: held_by(worker) <= {0, 1, 2})
        environment = Path(f"/proc/{worker}/environ").read_bytes()
        assert answer.result().whole
    assert environment == b""
    assert not children(home)


def test_many_layers_at_once_get_their_own_answers(nursery: Nursery) -> None:
    layers = [layer_of({"a.egg-info": f"Name: n{number}\nVersion: 1\n"}) for number in range(12)]
    reading = analyser(nursery, *layers)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda layer: reading.analyse(Digest.of(layer), Digest.of(layer)), layers))
    assert [each.sources[0].packages[0].name for each in found] == [f"n{number}" for number in range(12)]


def test_a_worker_whose_time_is_up_is_killed_and_the_next_is_not(nursery: Nursery) -> None:
    short = analyser(nursery, SLOW, LAYER, limits=WorkerLimits(result_bytes=100))
    found = short.analyse(Digest.of(SLOW), Digest.of(gzip.decompress(SLOW)))
    assert "more, than allowed" in found.unreadable[0].reason
    home = nursery_of(os.getpid())
    until("the worker is gone", lambda: not children(home))
    assert analyser(nursery, LAYER).analyse(Digest.of(LAYER), Digest.of(LAYER)).whole
    assert nursery_of(os.getpid()) == home


def test_a_worker_that_is_killed_says_so_and_nothing_clean(nursery: Nursery) -> None:
    reading = analyser(nursery, SLOW, LAYER)
    reading.analyse(Digest.of(LAYER), Digest.of(LAYER))
    home = nursery_of(os.getpid())

    def kill() -> None:
        until("a worker begins", lambda: children(home))
        os.kill(children(home)[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    found = reading.analyse(Digest.of(SLOW), Digest.of(gzip.decompress(SLOW)))
    killer.join()
    assert not found.whole
    assert "memory" in found.unreadable[0].reason, "what ends processes so is the kernel, out of memory"


def test_when_the_nursery_is_killed_layers_are_read_all_the_same(nursery: Nursery) -> None:
    reading = analyser(nursery, LAYER)
    assert reading.analyse(Digest.of(LAYER), Digest.of(LAYER)).whole
    first = nursery_of(os.getpid())
    os.kill(first, signal.SIGKILL)
    for _ in range(2):  # the job that goes to one that is dying is done without it, the next by another
        assert reading.analyse(Digest.of(LAYER), Digest.of(LAYER)).whole
    assert nursery_of(os.getpid()) != first


def test_when_the_starter_is_killed_nothing_is_left() -> None:
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from tests.faults.test_nursery import *\n"
        "reading = analyser(Nursery(), SLOW, LAYER)\n"
        "reading.analyse(Digest.of(LAYER), Digest.of(LAYER))\n"
        "print('ready', flush=True)\n"
        "while True: reading.analyse(Digest.of(SLOW), Digest.of(gzip.decompress(SLOW)))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, *sys.path], stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"ready\n"
        home = nursery_of(starter.pid)
        until("a worker begins", lambda: children(home))
        worker = children(home)[0]
        starter.kill()
        until("the nursery ends", lambda: not is_alive(home))
        until("the worker ends", lambda: not is_alive(worker))
