"""Registry speed beside distribution v3 and Debian's docker-registry: `make bench-registry`.

All run as shipped on one disk, and never under load at the same time. Ours checks a token on every request
and has every acknowledged byte on disk; the others do neither.
Manifest requests are made by wrk (Debian package `wrk`), because a load generator in Python would be slower
than the server.
"""

import argparse
import base64
import dataclasses
import functools
import gzip
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.large_registry import ARTIFACTS, REPOSITORIES, TAGGED, TAGS, fill, first_start, pages
from bench.results import Row, compare, publish
from bench.servers import Server, distribution, lading
from bench.transfer import pull, push, push_images, uploads_under_way
from lading.adapters.registry_client import RegistryClient
from lading.oci import media_types
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest

BLOB_MIB = 100
CONNECTIONS = 4
PUSHERS = 16  # connections that push small images
SMALL_IMAGES = 1_000
UPLOADS = 50

MANIFESTS = "manifest GET by tag, 32 connections"
MANIFESTS_P99 = "99th percentile of that"
PULL = f"pull of {BLOB_MIB} MiB, {CONNECTIONS} connections"
PULL_CPU = f"CPU to pull {BLOB_MIB} MiB"
PUSH = f"push of {BLOB_MIB} MiB, {CONNECTIONS} connections, ours with fsync"
SMALL = f"{SMALL_IMAGES:,} small images pushed, ours with fsync"
GOALS_V3 = {
    "peer": "distribution v3",
    MANIFESTS: "10 times",
    MANIFESTS_P99: "5 times",
    PULL: "2.2 times",
    PULL_CPU: "4 times",
    PUSH: "equal",
    SMALL: "3 times",
}
GOALS_DEBIAN = {"peer": "docker-registry", MANIFESTS: "25 times"}


def main() -> None:
    """Run everything and publish the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="also fill a registry, which takes minutes")
    parser.add_argument("--seconds", type=int, default=4, help="of load for each run of manifest requests")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-registry-") as name:
        folder = Path(name)
        table: list[Row] = []
        with (
            lading(folder / "ours") as ours,
            distribution(folder / "debian", "docker-registry") as debian,
            distribution(folder / "v3", "distribution-registry") as v3,
        ):
            for peer, goals in ((v3, GOALS_V3), (debian, GOALS_DEBIAN)):
                table += beside_peer(ours, peer, goals, runs=arguments.runs, seconds=arguments.seconds)
            table.append(memory_row(ours))
        if arguments.large:
            table += large_rows(folder / "large")
        publish("registry", table)


def beside_peer(
    ours: Server, peer: Server | None, goals: Mapping[str, str], *, runs: int, seconds: int
) -> list[Row]:
    """Each work once, ours beside the peer's."""
    content = os.urandom(BLOB_MIB << 20)
    digest = Digest.of(content)
    for server in filter(None, (ours, peer)):
        prepare(server)
        push(server, token(server), "bench/blobs", content, digest)

    def beside(work: str, unit: str, measure: Callable[[Server], float], *, more: bool = True) -> Row:
        return compare(
            work,
            unit,
            functools.partial(measure, ours),
            functools.partial(measure, peer) if peer else None,
            peer_version=peer.version if peer else goals["peer"],
            goal=goals.get(work, ""),
            more_is_better=more,
            runs=runs,
        )

    asking = functools.partial(manifest_requests, seconds=seconds)
    table = []
    if shutil.which("wrk"):
        table.append(beside(MANIFESTS, "requests/s", lambda server: asking(server)[0]))
        table.append(beside(MANIFESTS_P99, "ms", lambda server: asking(server)[1], more=False))
    else:
        print("wrk is not installed: no manifest requests (apt install wrk)")
    table.append(beside(PULL, "MiB/s", functools.partial(pull_blobs, digest=digest)))
    table.append(beside(PULL_CPU, "ms", functools.partial(pull_cpu, digest=digest), more=False))
    table.append(beside(PUSH, "MiB/s", push_blobs))
    table.append(beside(SMALL, "images/s", functools.partial(push_small_images, number=SMALL_IMAGES)))
    return table


def memory_row(ours: Server) -> Row:
    """Memory while many uploads are under way, each with a fifth of its bytes sent."""
    part = os.urandom(BLOB_MIB << 20)[: (BLOB_MIB << 20) // 5]
    with uploads_under_way(
        ours, token(ours), "bench/blobs", number=UPLOADS, announced=BLOB_MIB << 20, sent=part
    ):
        time.sleep(2)
        resident = ours.resident_mib()
    work = f"memory with {UPLOADS} uploads of {BLOB_MIB} MiB under way"
    return Row(work, "MiB", resident, None, "", None, "150 MiB", 1)


def large_rows(folder: Path) -> list[Row]:
    """Lists and the start of a registry with much in it. Filling it takes minutes."""
    fill(folder / "data")
    first = first_start(folder)
    started = time.perf_counter()
    with lading(folder) as ours:
        seconds = time.perf_counter() - started
        signed_in = dataclasses.replace(ours, password=first)
        tags = pages(ours, f"/v2/{TAGGED}/tags/list", token(signed_in, TAGGED))
        catalog = pages(ours, "/v2/_catalog", basic(signed_in))
    return [
        Row(f"slowest page of {TAGS:,} tags", "ms", tags, None, "", None, "20 ms", 3),
        Row(
            f"slowest page of {REPOSITORIES:,} repositories",
            "ms",
            catalog,
            None,
            "",
            None,
            "20 ms",
            3,
        ),
        Row(f"start with {ARTIFACTS:,} artifacts", "s", seconds, None, "", None, "2 s", 1),
    ]


def basic(server: Server) -> str:
    """The Authorization header of HTTP Basic."""
    return "Basic " + base64.b64encode(f"{server.user}:{server.password}".encode()).decode()


def token(server: Server, repository: str = "bench/blobs") -> str:
    """The Authorization header for a repository; empty where none is wanted."""
    if not server.user:
        return ""
    asked = urllib.request.Request(
        f"{server.url}/v2/token?service=lading&scope=repository:{repository}:pull,push",
        headers={"Authorization": basic(server)},
    )
    with urllib.request.urlopen(asked) as answer:
        return f"Bearer {json.load(answer)['token']}"


def prepare(server: Server) -> None:
    """One small image to ask for."""
    registry = RegistryClient(server.url, user=server.user, password=server.password)
    manifest, blobs = small_image(0)
    registry.push_image("bench/blobs", "1", manifest, media_types.OCI_MANIFEST, blobs)
    registry.close()


def manifest_requests(server: Server, *, seconds: int) -> tuple[float, float]:
    """Requests a second for one manifest by its tag, and the 99th percentile of their milliseconds."""
    headers = ["-H", f"Accept: {media_types.OCI_MANIFEST}"]
    if server.user:
        headers += ["-H", f"Authorization: {token(server)}"]
    # Not HEAD: wrk waits for the body that a HEAD's Content-Length announces.
    load = ["wrk", "--latency", "-t1", "-c32", f"-d{seconds}s", *headers]
    place = f"{server.url}/v2/bench/blobs/manifests/1"
    done = subprocess.run([*load, place], capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout:
        raise RuntimeError(f"{server.version} refused requests:\n{done.stdout}")
    number, unit = re.findall(r"99%\s+([\d.]+)(us|ms|s)", done.stdout)[0]
    milliseconds = float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", done.stdout)[0]), milliseconds


def pull_blobs(server: Server, *, digest: Digest) -> float:
    """MiB a second over all connections."""
    header = token(server)
    seconds = timed_together(lambda _: pull(server, header, "bench/blobs", digest, BLOB_MIB << 20))
    return BLOB_MIB * CONNECTIONS / seconds


def pull_cpu(server: Server, *, digest: Digest) -> float:
    """Milliseconds of the server's processor time for one blob."""
    before = server.cpu_seconds()
    pull_blobs(server, digest=digest)
    return (server.cpu_seconds() - before) / CONNECTIONS * 1000


def push_blobs(server: Server) -> float:
    """MiB a second over all connections, each with content of its own."""
    header = token(server)
    contents = [os.urandom(BLOB_MIB << 20) for _ in range(CONNECTIONS)]
    digests = [Digest.of(content) for content in contents]
    seconds = timed_together(lambda at: push(server, header, "bench/blobs", contents[at], digests[at]))
    return BLOB_MIB * CONNECTIONS / seconds


def push_small_images(server: Server, *, number: int) -> float:
    """Small images a second, each with a config, a layer and a tag of its own."""
    header = token(server, "bench/images")
    unlike = time.monotonic_ns()
    images = [(f"t{at}", *small_image(unlike + at)) for at in range(number)]
    share = [images[at::PUSHERS] for at in range(PUSHERS)]
    seconds = timed_together(lambda at: push_images(server, header, "bench/images", share[at]), PUSHERS)
    return number / seconds


def timed_together(work: Callable[[int], None], connections: int = CONNECTIONS) -> float:
    """Seconds until every connection has done its part."""
    failures: list[BaseException] = []

    def guarded(at: int) -> None:
        try:
            work(at)
        except BaseException as error:  # noqa: BLE001 - carried out of the thread, and raised below
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(at,)) for at in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return time.perf_counter() - started


def small_image(number: int) -> tuple[bytes, dict[Digest, bytes]]:
    """An image of one tiny layer, unlike any other number's."""
    layer = gzip.compress(bytes(1024) + str(number).encode(), mtime=0)
    config = json.dumps(
        {
            "os": "linux",
            "architecture": "amd64",
            "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(gzip.decompress(layer)))]},
        }
    ).encode()
    blobs = {Digest.of(config): config, Digest.of(layer): layer}
    described = [
        Descriptor(kind, digest, len(blobs[digest])).to_json()
        for kind, digest in zip((media_types.OCI_CONFIG, media_types.OCI_LAYER_GZIP), blobs, strict=True)
    ]
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": described[0],
        "layers": described[1:],
    }
    return json.dumps(manifest).encode(), blobs


if __name__ == "__main__":
    main()
