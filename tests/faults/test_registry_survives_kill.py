"""kill -9 at lines all through push, tag, delete and collect: nothing acknowledged is lost."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.sql.engine import open_sqlite
from lading.oci.digest import Digest
from lading.oci.manifest import parse_manifest
from lading.ports.records.record_set import Records
from lading.registry.collection import SHORTEST_GRACE, RunState
from lading.registry.manifest_needs import needs_of
from lading.workflows.check_storage import check_storage
from lading.workflows.collect_garbage import (
    CollectionAsked,
    CollectPorts,
    resume_collection,
    start_collection,
)
from lading.workflows.collection_steps import SlicePorts, run_slice
from tests.faults import kill_a_registry
from tests.support.keeping_world import IdleJobs
from tests.support.registry import ROOT

KILLS = 20  # places, spread over all lines


def run(folder: Path, *numbers: int) -> None:
    subprocess.run(
        [sys.executable, kill_a_registry.__file__, str(folder), *map(str, numbers)],
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
        timeout=600,
    )


@pytest.mark.timeout(900)
def test_whatever_line_it_is_killed_at_what_was_acknowledged_is_there_and_nothing_is_wrong(
    tmp_path: Path,
) -> None:
    run(tmp_path, 0)
    lines = int((tmp_path / "0" / "lines").read_text())
    assert lines > 1000, "the kill points must cover all of it"
    numbers = sorted({1 + (lines - 1) * at // KILLS for at in range(KILLS)})
    run(tmp_path, *numbers)
    ends: set[int] = set()
    for number in (0, *numbers):
        ends.add(look_at(tmp_path / str(number)))
    assert ends >= {0, 1, 3, 4, 5}, "some kills must come in every step"


def look_at(folder: Path) -> int:
    """Check one folder; return how many things were acknowledged."""
    records: Any = open_sqlite(folder / "lading.db")
    blobs = FilesystemBlobs(folder / "store")
    told = [line.split() for line in _lines(folder / "acknowledged")]
    assert [each for each in check_storage(records, blobs, deep=True) if not each.is_waste] == []
    deleted = {word[1] for word in told if word[0] == "deleted"}
    for verb, digest in (word for word in told if word[0] in {"pushed", "moved"}):
        if digest not in deleted:
            _pull(records, blobs, Digest.parse(digest), tag="latest" if verb == "moved" else "")
    _collect(records, blobs)
    wrong_or_wasted = [each.fault for each in check_storage(records, blobs, deep=True)]
    assert wrong_or_wasted == [], "a collection after the crash leaves no waste either"
    records.close()
    return len(told)


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _pull(records: Records, blobs: FilesystemBlobs, digest: Digest, *, tag: str) -> None:
    with records.read() as kept:
        stored = kept.registry.manifest("team/app", digest)
        found = kept.registry.tag("team/app", tag) if tag else None
    if stored is None:  # it was being deleted when the kill came, and that was kept
        return
    if tag:
        assert found is not None
        assert found.digest == digest
    for blob in needs_of(parse_manifest(stored.raw)).blobs:
        assert Digest.of(b"".join(blobs.read(blob))) == blob


def _collect(records: Records, blobs: FilesystemBlobs) -> None:
    jobs: Any = IdleJobs()

    def later() -> datetime:
        return datetime.now(UTC) + timedelta(days=9)

    ports = CollectPorts(records, blobs, later, lambda: jobs)
    with records.read() as kept:
        under_way = kept.storage.collections(limit=1)
    if under_way and under_way[0].state is not RunState.DONE:
        _finish(records, blobs, later, resume_collection(ports, ROOT, later()))
    asked = CollectionAsked(SHORTEST_GRACE, uploads_kept=SHORTEST_GRACE)
    _finish(records, blobs, later, start_collection(ports, ROOT, asked, later(), run_id="after"))


def _finish(records: Records, blobs: FilesystemBlobs, later: Any, run: Any) -> None:
    while run.state is RunState.RUNNING:
        run = run_slice(SlicePorts(records, blobs, later), run)
        assert run is not None
