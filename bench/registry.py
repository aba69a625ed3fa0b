"""Registry speed beside Debian's docker-registry: `make bench-registry`.

Both run as shipped on one disk, and never under load at the same time. Ours checks a token on every
request and has every acknowledged byte on disk; docker-registry does neither.
Manifest requests are made by wrk (Debian package `wrk`), because a load generator in Python would be slower
than the server.
"""

import argparse
import base64
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
from collections.abc import Callable
from pathlib import Path

from bench.results import Row, compare, publish
from bench.servers import Server, distribution, lading
from bench.transfer import pull, push, push_images
from lading.adapters.registry_client import RegistryClient
from lading.oci import media_types
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest

BLOB_MIB = 100
CONNECTIONS = 4
PUSHERS = 16  # connections that push small images
SMALL_IMAGES = 1_000


def main() -> None:
    """Run everything and publish the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of load for each run of manifest requests")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-registry-") as name:
        folder = Path(name)
        with lading(folder / "ours") as ours, distribution(folder / "peer", "docker-registry") as peer:
            publish("registry", list(rows(ours, peer, arguments.runs, arguments.seconds)))


def rows(ours: Server, peer: Server | None, runs: int, seconds: int) -> list[Row]:
    """Each work once, ours beside the peer's."""
    version = peer.version if peer else "docker-registry"
    content = os.urandom(BLOB_MIB << 20)
    digest = Digest.of(content)
    for server in filter(None, (ours, peer)):
        prepare(server)
        push(server, token(server), "bench/blobs", content, digest)

    def beside(
        work: str, unit: str, measure: Callable[[Server], float], goal: str, *, more_is_better: bool
    ) -> Row:
        mine = functools.partial(measure, ours)
        theirs = functools.partial(measure, peer) if peer else None
        return compare(
            work,
            unit,
            mine,
            theirs,
            peer_version=version,
            goal=goal,
            more_is_better=more_is_better,
            runs=runs,
        )

    faster = functools.partial(beside, more_is_better=True)
    transfer = f"of {BLOB_MIB} MiB, {CONNECTIONS} connections"
    pulling = functools.partial(pull_blobs, digest=digest)
    pull_time = functools.partial(pull_cpu, digest=digest)
    table = []
    if shutil.which("wrk"):
        asking = functools.partial(manifest_requests, seconds=seconds)
        table.append(faster("manifest GET by tag, 32 connections", "requests/s", asking, "25 times"))
    else:
        print("wrk is not installed: no manifest requests (apt install wrk)")
    table.append(faster(f"pull {transfer}", "MiB/s", pulling, ""))
    table.append(beside(f"CPU to pull {BLOB_MIB} MiB", "ms", pull_time, "", more_is_better=False))
    table.append(faster(f"push {transfer}", "MiB/s", push_blobs, ""))
    small = functools.partial(push_small_images, number=SMALL_IMAGES)
    table.append(faster(f"{SMALL_IMAGES:,} small images pushed, all on disk", "images/s", small, "3 times"))
    return table


def token(server: Server, repository: str = "bench/blobs") -> str:
    """The Authorization header for a repository; empty where none is wanted."""
    if not server.user:
        return ""
    basic = base64.b64encode(f"{server.user}:{server.password}".encode()).decode()
    asked = urllib.request.Request(
        f"{server.url}/v2/token?service=lading&scope=repository:{repository}:pull,push",
        headers={"Authorization": f"Basic {basic}"},
    )
    with urllib.request.urlopen(asked) as answer:
        return f"Bearer {json.load(answer)['token']}"


def prepare(server: Server) -> None:
    """One small image to ask for."""
    registry = RegistryClient(server.url, user=server.user, password=server.password)
    manifest, blobs = small_image(0)
    registry.push_image("bench/blobs", "1", manifest, media_types.OCI_MANIFEST, blobs)
    registry.close()


def manifest_requests(server: Server, *, seconds: int) -> float:
    """Requests a second for one manifest by its tag."""
    headers = ["-H", f"Accept: {media_types.OCI_MANIFEST}"]
    if server.user:
        headers += ["-H", f"Authorization: {token(server)}"]
    # Not HEAD: wrk waits for the body that a HEAD's Content-Length announces.
    load = ["wrk", "-t1", "-c32", f"-d{seconds}s", *headers]
    place = f"{server.url}/v2/bench/blobs/manifests/1"
    done = subprocess.run([*load, place], capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout:
        raise RuntimeError(f"{server.version} refused requests:\n{done.stdout}")
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", done.stdout)[0])


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
