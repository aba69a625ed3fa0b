"""Write a fleet into records: what is large goes in row by row as the adapters would write it.

Advisories, packages and containers are written by the adapters themselves. Layers, images, manifests and tags
would take an hour that way, one statement at a time, so their rows are made here; `bench/fleet.py` reads them
back through the adapters.
"""

import itertools
import json
import random
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from bench.fleet_shape import FEED, Fleet
from lading.adapters.sql.contents_packages import keep_packages
from lading.adapters.sql.engine import SqlRecords
from lading.adapters.sql.tables import contents, registry
from lading.adapters.sql.writing import insert_many
from lading.cataloging.analysis import LayerAnalysis
from lading.inventory.container import RunningContainer
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.ports.records.advisories import FeedState
from lading.ports.records.inventory import Host

AT = datetime(2026, 11, 1, tzinfo=UTC)
_INSTANT = "2026-11-01T00:00:00.000000Z"
TEAMS = 200
RUNNING = 0.05  # containers for each image
_BATCH = 20_000


def write_fleet(records: SqlRecords, fleet: Fleet) -> None:
    """Write all of it; the packages wait to be matched then."""
    with records.write() as kept:
        kept.advisories.replace_feed(FeedState(FEED, AT, AT, "sha256:bench", 0), fleet.advisories())
    rows = _write_packages(records, fleet)
    layers = list(fleet.layers())
    _write_layers(records, layers, rows)
    _write_images(records, list(fleet.images()))
    _write_places(records, fleet.shape.images)
    _write_containers(records, fleet.shape.images)
    with records.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


def manifest(number: int) -> Digest:
    """The manifest of an image by its number."""
    return Digest.of(f"image {number}".encode())


def _write_packages(records: SqlRecords, fleet: Fleet) -> list[int]:
    found: dict[Any, int] = {}
    for batch in _batches(fleet.packages):
        with records.engine.begin() as connection:
            found |= keep_packages(connection, batch, {})
    return [found[package] for package in fleet.packages]


def _write_layers(records: SqlRecords, layers: list[list[int]], rows: list[int]) -> None:
    """A layer has one source at most, so that both have the same number."""
    facts = _facts()
    with_packages = [(at + 1, packages) for at, packages in enumerate(layers) if packages]
    _insert(
        records,
        contents.LAYER,
        ((at + 1, _diff_id(at), "bench", "", "", facts, 0, 0) for at in range(len(layers))),
    )
    _insert(
        records,
        contents.PACKAGE_SOURCE,
        ((at, at, 0, f"app/{at}/packages", "bench") for at, _ in with_packages),
    )
    _insert(
        records,
        contents.SOURCE_PACKAGE,
        (
            (at, position, rows[package])
            for at, packages in with_packages
            for position, package in enumerate(packages)
        ),
    )


def _write_images(records: SqlRecords, images: list[list[int]]) -> None:
    distro = json.dumps(None)
    _insert(
        records,
        contents.IMAGE,
        (
            (
                at + 1,
                str(manifest(at)),
                _config(at),
                "linux",
                "amd64",
                "",
                "",
                "",
                "",
                "{}",
                distro,
                "done",
                "bench",
                _INSTANT,
                "",
            )
            for at in range(len(images))
        ),
    )
    _insert(
        records,
        contents.IMAGE_LAYER,
        (
            (at + 1, position, _diff_id(layer), _diff_id(layer), media_types.OCI_LAYER_GZIP, 1, "", layer + 1)
            for at, layers in enumerate(images)
            for position, layer in enumerate(layers)
        ),
    )


def _write_places(records: SqlRecords, images: int) -> None:
    """Repositories of ten tags each, owned by teams by their first part."""
    count = max(images // 10, 1)
    names = [f"team-{number % TEAMS}/app-{number}" for number in range(count)]
    _insert(
        records,
        registry.REPOSITORY,
        ((at + 1, name, _INSTANT, "person:bench", name.partition("/")[0]) for at, name in enumerate(names)),
    )
    _insert(
        records,
        registry.MANIFEST,
        ((at + 1, str(manifest(at)), b"{}", 2, "image", None, "", "{}", 0) for at in range(images)),
    )
    _insert(
        records,
        registry.REPOSITORY_MANIFEST,
        (
            (at + 1, at % count + 1, at + 1, media_types.OCI_MANIFEST, _INSTANT, "person:bench")
            for at in range(images)
        ),
    )
    _insert(
        records,
        registry.TAG,
        ((at % count + 1, f"v{at // count}", at + 1, _INSTANT, "person:bench") for at in range(images)),
    )


def _write_containers(records: SqlRecords, images: int) -> None:
    """Twenty containers on each host."""
    chance = random.Random(11)
    count = int(images * RUNNING)
    for host in range(0, count, 20):
        containers = [
            _container(f"host-{host}", number, chance.randrange(images))
            for number in range(host, min(host + 20, count))
        ]
        with records.write() as kept:
            kept.inventory.report(Host(f"host-{host}", "bench", AT), containers)


def _container(host: str, number: int, image: int) -> RunningContainer:
    return RunningContainer(
        host=host,
        engine="docker",
        id=f"container-{number}",
        name=f"app-{number}",
        image_reference=f"registry.example/app:{image}",
        image_id=_config(image),
        manifest_digests=(f"registry.example/app@{manifest(image)}",),
        started_at="2026-10-01T00:00:00Z",
        labels={},
        privileged=False,
        user="",
    )


def _facts() -> bytes:
    empty = LayerAnalysis(
        diff_id=Digest.of(b"layer"),
        analyser="bench",
        whole=True,
        sources=(),
        secrets=(),
        unreadable=(),
        whiteouts=(),
        opaque=(),
        replaced=(),
        links=(),
        releases=(),
        file_count=1,
        byte_count=1,
    )
    return zlib.compress(json.dumps(msgspec.to_builtins(empty)).encode("ascii"), 1)


def _diff_id(layer: int) -> str:
    return str(Digest.of(f"layer {layer}".encode()))


def _config(image: int) -> str:
    return str(Digest.of(f"config {image}".encode()))


def _insert(records: SqlRecords, table: sa.Table, rows: Iterable[tuple[Any, ...]]) -> None:
    for batch in _batches(rows):
        with records.engine.begin() as connection:
            insert_many(connection, table, batch)


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(rows)
    while batch := list(itertools.islice(rest, _BATCH)):
        yield batch
