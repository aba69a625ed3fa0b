"""Lineage at the size of an enterprise, and rebases by the thousand.

    make bench-lineage

Inputs are made here: a base with the package database of this machine and some 7,000 files, a newer one with
a tenth of them changed, applications of three layers; and for the large fleet, rows of 100,000 images.
"""

import hashlib
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.results import Row, publish
from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.sql.engine import open_sqlite
from lading.adapters.sql.tables.contents import IMAGE
from lading.adapters.sql.tables.registry import MANIFEST, REPOSITORY, REPOSITORY_MANIFEST, TAG
from lading.inventory.container import RunningContainer
from lading.lineage.chain import chain_ids
from lading.lineage.placement import PlacedImage
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.ports.records.inventory import Host
from lading.workflows.campaigns import OpenRequest, open_campaign
from lading.workflows.reach import reach_of_base
from tests.support.fleet_lab import Fleet
from tests.support.layers import LayerBuilder
from tests.support.registry import NOON, ROOT, DrivenRegistry

IMAGES = 100_000
APPS = 1_000
FILES = 7_000
CONTAINERS = 5_000
RUNS = 5


def main() -> None:
    """Run all of it."""
    rows: list[Row] = []
    with _folder() as folder:
        rows += _fleet_rows(folder)
    with _folder() as folder:
        rows += _rebase_rows(folder)
    publish("lineage", rows)


def _row(work: str, unit: str, ours: float, goal: str, runs: int = 1) -> Row:
    return Row(work, unit, ours, None, "nothing like it", None, goal, runs)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="lading-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# 100,000 images

_RAW = (
    b'{"schemaVersion":2,"mediaType":"%b","layers":[],"config":{"mediaType":"%b","size":1,"digest":"sha256:%b"}}'
    % (media_types.OCI_MANIFEST.encode(), media_types.OCI_CONFIG.encode(), b"0" * 64)
)
LAYER = [Digest.of(b"layer %d" % number) for number in range(400)]


def _image(number: int) -> PlacedImage:
    """Ten distributions, forty company bases, two hundred runtimes; the rest are applications on them."""
    distro, company, runtime = number % 10, number % 40, number % 200
    layers = [LAYER[distro], LAYER[100 + company], LAYER[200 + runtime]]
    if number < 10:
        layers = layers[:1]
    elif number < 50:
        layers = layers[:2]
    elif number >= 250:
        layers += [Digest.of(b"own %d %d" % (number, at)) for at in range(2 + number % 7)]
    return PlacedImage(_manifest(number), "linux/amd64", "2026-01-01T00:00:00Z", chain_ids(layers))


def _manifest(number: int) -> Digest:
    return Digest("sha256", hashlib.sha256(b"image %d" % number).hexdigest())


def _repository(number: int) -> str:
    return f"base/b{number}" if number < 250 else f"team{number % 97}/app{number % 2000}"


def _fleet_rows(folder: Path) -> list[Row]:
    records = open_sqlite(folder / "lading.db")
    _insert_images(records.engine)
    placed = [_image(number) for number in range(IMAGES)]
    began = time.perf_counter()
    for start in range(0, IMAGES, 5_000):
        with records.write() as kept:
            kept.lineage.place(placed[start : start + 5_000])
    rows = [_row("index 100,000 images", "s", time.perf_counter() - began, "60 at most")]

    def place_one(number: int) -> float:
        fresh = PlacedImage(_manifest(IMAGES + number), "linux/amd64", "", placed[-1 - number].chains)
        began = time.perf_counter()
        with records.write() as kept:
            kept.lineage.place([fresh])
        with records.read() as view:
            view.lineage.ending_at(fresh.chains)
        return (time.perf_counter() - began) * 1000

    times = [place_one(number) for number in range(50)]
    rows.append(_row("place one pushed image", "ms", statistics.median(times), "10 at most", 50))
    with records.write() as kept:
        running = [_container(number) for number in range(CONTAINERS)]
        kept.inventory.report(Host("h1", "0.1", NOON), running)

    def reach() -> float:
        began = time.perf_counter()
        found = reach_of_base(records, ROOT, "base/b0", "1")
        assert found.images > IMAGES / 11
        return (time.perf_counter() - began) * 1000

    times = [reach() for _ in range(RUNS)]
    rows.append(
        _row("reach of a base below 10,000 images", "ms", statistics.median(times), "300 at most", RUNS)
    )
    began = time.perf_counter()
    request = OpenRequest("t", base_repository="base/b0", base="1", onto="base/b0:2")
    _, items = open_campaign(records, Fleet().mirror, ROOT, request, NOON, campaign_id="c1")
    assert len(items) > IMAGES / 11
    seconds = time.perf_counter() - began
    rows.append(_row(f"campaign plan, {len(items):,} of 100,000 images", "s", seconds, "60 at most"))
    records.close()
    return rows


def _container(number: int) -> RunningContainer:
    image = _manifest(250 + number * 7)
    name = f"c{number}"
    return RunningContainer("h1", "docker", name, name, "", "", (f"r/x@{image}",), "", {}, False, "")


def _insert_images(engine: sa.Engine) -> None:
    """The registry's and the contents' rows of the fleet, straight into the tables."""
    names = {_repository(number) for number in range(IMAGES)}
    numbers = {name: at for at, name in enumerate(sorted(names), 1)}
    with engine.begin() as connection:
        connection.execute(
            REPOSITORY.insert(),
            [
                {"id": at, "name": name, "created_at": NOON, "created_by": "x", "owner": ""}
                for name, at in numbers.items()
            ],
        )
        for start in range(0, IMAGES, 10_000):
            part = range(start, min(start + 10_000, IMAGES))
            connection.execute(
                MANIFEST.insert(),
                [
                    {
                        "id": number + 1, "digest": _manifest(number), "raw": _RAW,
                        "size": 1, "kind": "image", "artifact_type": "", "annotations": {}, "blob_bytes": 1,
                    }
                    for number in part
                ],
            )  # fmt: skip
            connection.execute(
                REPOSITORY_MANIFEST.insert(),
                [
                    {
                        "repository_id": numbers[_repository(number)], "manifest_id": number + 1,
                        "media_type": media_types.OCI_MANIFEST,
                        "pushed_at": NOON, "pushed_by": "x",
                    }
                    for number in part
                ],
            )  # fmt: skip
            connection.execute(
                TAG.insert(),
                [
                    {
                        "repository_id": numbers[_repository(number)],
                        "name": "1" if number < 250 else f"v{number}",
                        "manifest_id": number + 1, "moved_at": NOON, "moved_by": "x",
                    }
                    for number in part
                ],
            )  # fmt: skip
            connection.execute(
                IMAGE.insert(),
                [
                    {
                        "manifest": _manifest(number), "config": _manifest(number), "os": "linux",
                        "architecture": "amd64", "variant": "", "os_version": "", "user": "", "created": "",
                        "labels": {}, "distro": None, "analysis_state": "done", "analyser": "1",
                        "analysis_changed_at": NOON, "analysis_reason": "",
                    }
                    for number in part
                ],
            )  # fmt: skip


# 1,000 rebases


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a registry is, for every process that works on it."""

    folder: Path

    def open(self) -> Fleet:
        records: Any = open_sqlite(self.folder / "lading.db")
        blobs = FilesystemBlobs(self.folder / "blobs")
        return Fleet(driven=DrivenRegistry(records, blobs), now=NOON + timedelta(days=1))


def _rebase_rows(folder: Path) -> list[Row]:
    place = _Place(folder)
    fleet = place.open()
    status = _status()
    old = _base(status, 1)
    fleet.push_tars("base", "1", [old])
    fleet.push_tars("base", "2", [_base(status, 2)])
    for number in range(APPS):
        fleet.push_tars(f"apps/a{number}", "1", [old, *_app(number)])

    def prove() -> float:
        began = time.perf_counter()
        done = fleet.rebase("apps/a7", "1", "base:2", dry_run=True)
        assert done.verdict.allows
        return (time.perf_counter() - began) * 1000

    prove()
    times = [prove() for _ in range(20)]
    rows = [_row("proof for one image, layers analysed", "ms", statistics.median(times), "100 at most", 20)]
    began = time.perf_counter()
    workers = min(2, os.cpu_count() or 1)
    parts = [(place, at, workers) for at in range(workers)]
    with ProcessPoolExecutor(workers) as pool:
        assert sum(pool.map(_rebase_part, parts)) == APPS
    seconds = time.perf_counter() - began
    rows.append(
        _row(f"rebase of {APPS:,} images: proof, bills of materials, signature", "s", seconds, "60 at most")
    )
    return rows


def _rebase_part(part: tuple[_Place, int, int]) -> int:
    place, at, workers = part
    fleet = place.open()
    done = 0
    for number in range(at, APPS, workers):
        rebased = fleet.rebase(f"apps/a{number}", "1", "base:2")
        assert rebased.digest is not None
        done += 1
    return done


def _status() -> str:
    found = Path("/var/lib/dpkg/status")
    packages = found.read_text().split("\n\n")[:120] if found.exists() else []
    return (
        "\n\n".join(packages)
        or "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36\n"
    )


def _base(status: str, version: int) -> bytes:
    builder = LayerBuilder()
    for path in ("etc", "usr", "usr/lib", "usr/share", "var", "var/lib", "var/lib/dpkg", "var/lib/dpkg/info"):
        builder.directory(path)
    builder.file("etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
    for number in range(FILES):
        changed = version if number % 10 == 0 else 1
        builder.file(f"usr/share/p{number % 120}-{number}", f"file {number} of version {changed}\n" * 5)
    extra = f"\n\nPackage: base\nStatus: install ok installed\nArchitecture: all\nVersion: {version}\n"
    return builder.file("var/lib/dpkg/status", status.rstrip() + extra).tar()


def _app(number: int) -> list[bytes]:
    files = LayerBuilder().directory("srv")
    for at in range(60):
        files.file(f"srv/f{at}", f"application {number}, file {at}\n" * 20)
    installed = LayerBuilder().directory("opt")
    for at in range(20):
        installed.file(f"opt/a{at}", f"{number} {at}")
    return [files.tar(), installed.tar(), LayerBuilder().file("srv/config", str(number)).tar()]


if __name__ == "__main__":
    main()
