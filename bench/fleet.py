"""A fleet of 100,000 images, matched and asked: `make bench-fleet`.

Everything is synthetic (`bench/fleet_shape.py`), and made anew unless `--keep` names a folder that has it.
It is SQLite unless `--postgresql` gives a URL of an empty database. There is no peer that works on a fleet:
what a scanner does is stood for by matching some images one package at a time, and extrapolated.
"""

import argparse
import functools
import json
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.fleet_shape import Fleet, Shape
from bench.fleet_writing import AT, manifest, write_fleet
from bench.results import Row, publish
from lading.access.bindings import NO_BINDINGS
from lading.access.principal import Principal, PrincipalKind
from lading.adapters.sql.engine import SqlRecords, open_postgresql, open_sqlite
from lading.advisories.all_formats import format_of
from lading.advisories.feed import FeedDocument
from lading.foundation.bounded import Reader
from lading.matching.match import match
from lading.ports.records.page import MAX_LIMIT
from lading.registry.caller import BoundRights, Caller
from lading.workflows.import_advisories import FeedArrival, import_advisories
from lading.workflows.match_packages import match_packages
from lading.workflows.who_has import who_has

ROOT = Caller(Principal(PrincipalKind.PERSON, "bench", admin=True), BoundRights(NO_BINDINGS))
NAIVE = 20  # images that are matched one by one


def main() -> None:
    """Write the fleet, measure, publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="folder to keep the SQLite database in, or to take it from")
    parser.add_argument("--postgresql", default="", help="URL of an empty database, instead of SQLite")
    arguments = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="bench-fleet-") as made:
        folder: Path = arguments.keep or Path(made)
        folder.mkdir(exist_ok=True)
        file = folder / f"fleet-{arguments.images}.db"
        fresh = bool(arguments.postgresql) or not file.exists()
        records = open_postgresql(arguments.postgresql) if arguments.postgresql else open_sqlite(file)
        if fresh:
            seconds = timed(lambda: write_fleet(records, Fleet(Shape(arguments.images))))
            print(f"fleet written in {seconds:.0f} s")
        name = "fleet-postgresql" if arguments.postgresql else "fleet"
        publish(name, list(rows(records, arguments.images, None if arguments.postgresql else file)))
        records.close()
    print(f"load {os.getloadavg()[0]:.1f}")


def rows(records: SqlRecords, images: int, file: Path | None) -> Iterator[Row]:
    """Each work once, or often where it is short."""
    with records.read() as kept:
        waiting = bool(kept.matches.packages_to_match(limit=1).items)
    if waiting:
        yield row("first match of the whole fleet", "s", timed(lambda: match_all(records)), "")
    wait_for_matching(records)
    again = timed(lambda: match_all(records))
    yield row(f"full re-match, {images * 4:,} package versions", "s", again, "60 s")
    yield row("memory of that", "MiB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "")
    naive = timed(lambda: match_image_by_image(records, images)) / NAIVE * images
    yield row(f"the same image by image, from {NAIVE} images", "s", naive, "")
    yield row("times as fast as image by image", "times", naive / again, "100 times")
    yield from one_advisory(records, images)
    chance = random.Random(3)
    findings = [functools.partial(findings_of, records, chance.randrange(images)) for _ in range(50)]
    yield quantile("findings of an image, most urgent kinds", findings, "50 ms")
    yield from questions(records)
    if file:
        yield row("disk for each image", "KiB", file.stat().st_size / 1024 / images, "20 KiB")


def row(work: str, unit: str, value: float, goal: str) -> Row:
    return Row(work, unit, value, None, "", None, goal, 1)


def quantile(work: str, each: Sequence[Callable[[], object]], goal: str) -> Row:
    times = sorted(timed(one) for one in each)
    slow = times[int(len(times) * 0.95)] * 1000
    print(f"{work}: median {times[len(times) // 2] * 1000:.0f} ms, most {times[-1] * 1000:.0f} ms")
    return Row(f"{work}, p95", "ms", slow, None, "", None, goal, len(times))


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def match_all(records: SqlRecords) -> None:
    started = time.process_time()
    done = list(match_packages(records))
    packages, matches = sum(each.packages for each in done), sum(each.matches for each in done)
    changes = sum(len(each.changes) for each in done)
    seconds = time.process_time() - started
    print(f"{packages:,} packages, {matches:,} matches, {changes:,} changes, {seconds:.0f} s of processor")


def wait_for_matching(records: SqlRecords) -> None:
    """As if every feed had changed in every advisory."""
    with records.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE package SET matched = false")


def match_image_by_image(records: SqlRecords, images: int) -> None:
    """What has no index of packages must do: each package of each image against what is said of it."""
    chance = random.Random(5)
    for _ in range(NAIVE):
        with records.read() as kept:
            page = kept.contents.image_packages(manifest(chance.randrange(images)), limit=MAX_LIMIT)
            packages = [installed.package for installed in page.items]
            candidates = kept.advisories.candidates(packages)
        for package in packages:
            match(package, candidates)


def one_advisory(records: SqlRecords, images: int) -> Iterator[Row]:
    """New advisories about packages of many images, from their bytes to images and containers."""
    chance = random.Random(13)
    asked: list[Callable[[], object]] = []
    for number in range(10):
        with records.read() as kept:
            page = kept.contents.image_packages(manifest(chance.randrange(images)), limit=MAX_LIMIT)
        package = chance.choice([each.package for each in page.items if each.package.type == "npm"])
        asked.append(functools.partial(take_in, records, f"BENCH-{time.time_ns()}-{number}", package.name))
    yield quantile("one new advisory to images and containers", asked, "300 ms")


class _Bytes(Reader):
    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, size: int = -1, /) -> bytes:
        part, self._content = self._content[: size if size >= 0 else None], b""
        return part


def take_in(records: SqlRecords, identifier: str, name: str) -> None:
    bounds = {
        "package": {"ecosystem": "npm", "name": name},
        "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
    }
    content = json.dumps({"id": identifier, "modified": AT.isoformat(), "affected": [bounds]}).encode()
    arrival = FeedArrival(
        "osv/one", format_of("osv"), [FeedDocument("one.json", _Bytes(content))], f"sha256:{identifier}"
    )
    import_advisories(records, ROOT, arrival, AT)
    list(match_packages(records))
    answer = who_has(records, ROOT, identifier)
    assert answer.reach is not None
    assert answer.reach.images


def findings_of(records: SqlRecords, number: int) -> None:
    with records.read() as kept:
        kept.matches.image_findings(manifest(number), limit=MAX_LIMIT)


def questions(records: SqlRecords) -> Iterator[Row]:
    """A hundred of each kind."""
    with records.engine.connect() as connection:
        flaws = connection.exec_driver_sql(
            "SELECT DISTINCT flaw FROM package_match ORDER BY flaw LIMIT 20000"
        )
        asked = [str(flaw) for (flaw,) in flaws][::200]
        packages = connection.exec_driver_sql(
            "SELECT name, version FROM package ORDER BY id DESC LIMIT 40000"
        )
        named = [f"{name} <= {version}" for name, version in packages][::400]
        systems = connection.exec_driver_sql("SELECT name FROM package ORDER BY id LIMIT 40000")
        names = [str(name) for (name,) in systems][::400]
    for kind, each in (("a flaw", asked), ("a package and a version", named), ("a package", names)):
        yield quantile(
            f"who-has {kind}", [functools.partial(who_has, records, ROOT, one) for one in each], "200 ms"
        )


if __name__ == "__main__":
    main()
