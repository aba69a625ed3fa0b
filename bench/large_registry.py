"""A registry with much in it: written straight into the records, because pushing it would take hours."""

import statistics
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from bench.servers import Server, lading
from lading.adapters.data_folder import open_data_folder
from lading.adapters.sql.engine import open_sqlite
from lading.oci import media_types
from lading.oci.digest import Digest
from lading.oci.manifest import parse_manifest

TAGS, REPOSITORIES, ARTIFACTS = 50_000, 10_000, 100_000
TAGGED = "bench/tagged"
BY = "person:bench"
_STEP = 2_000  # repositories or manifests of one transaction


def fill(folder: Path) -> None:
    """Make a data folder with TAGS tags in one repository, REPOSITORIES repositories, ARTIFACTS manifests."""
    opened, lock = open_data_folder(str(folder))
    records = open_sqlite(opened.records)
    now = datetime.now(UTC)
    try:
        for first in range(0, ARTIFACTS, _STEP):
            with records.write() as kept:
                for number in range(first, first + _STEP):
                    manifest = parse_manifest(_artifact(number))
                    digest = Digest.of(manifest.raw)
                    tagged = number < TAGS
                    repository = TAGGED if tagged else f"bench/many-{number % REPOSITORIES:05d}"
                    kept.registry.save_manifest(repository, digest, manifest, at=now, by=BY)
                    if tagged:
                        kept.registry.move_tag(repository, f"v{number:06d}", digest, at=now, by=BY)
    finally:
        records.close()
        lock.close()


def _artifact(number: int) -> bytes:
    empty = f'{{"mediaType":"{media_types.OCI_EMPTY}","digest":"{Digest.of(b"{}")}","size":2}}'
    return (
        f'{{"schemaVersion":2,"mediaType":"{media_types.OCI_MANIFEST}","artifactType":"x/{number}",'
        f'"config":{empty},"layers":[{empty}]}}'
    ).encode()


def first_start(folder: Path) -> str:
    """Start once, which imports the shipped advisories and shows the password; give that."""
    with lading(folder) as server:
        return server.password


def pages(server: Server, path: str, authorization: str) -> float:
    """Milliseconds of the slowest of the first, a middle and the last page, each asked three times."""
    beginnings = {
        "tags": ("", "v025000", "v048990"),
        "_catalog": ("", "bench/many-05000", "bench/many-09990"),
    }
    slowest = 0.0
    for last in beginnings["_catalog" if path.endswith("_catalog") else "tags"]:
        slowest = max(slowest, statistics.median(_page(server, path, last, authorization) for _ in range(3)))
    return slowest


def _page(server: Server, path: str, last: str, authorization: str) -> float:
    query = f"?n=1000&last={last}" if last else "?n=1000"
    asked = urllib.request.Request(server.url + path + query, headers={"Authorization": authorization})
    started = time.perf_counter()
    with urllib.request.urlopen(asked) as answer:
        answer.read()
    return (time.perf_counter() - started) * 1000
