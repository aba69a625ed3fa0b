"""Feeds, matching the fleet, and asking it: `make bench-advisories`.

The feeds are real ones where they lie beside the project (`../shared/data/advisories`), else the starter set.
The fleet is synthetic: names and versions are taken from what the feeds speak of, so that a good part of it
is near a bound, and the rest is of packages that nobody speaks of. There is no peer that works on a fleet.
"""

import argparse
import functools
import itertools
import random
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.results import Row, publish
from lading.access.bindings import NO_BINDINGS
from lading.access.principal import Principal, PrincipalKind
from lading.adapters.feed_files import open_feed_file
from lading.adapters.sql.engine import SqlRecords, open_sqlite
from lading.adapters.starter_feed import starter_documents
from lading.advisories.all_formats import STARTER_FEED, format_of
from lading.cataloging.analysis import LayerAnalysis, PackageSource
from lading.cataloging.image_contents import combine
from lading.oci import media_types
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.oci.manifest import parse_manifest
from lading.packages.package import Package
from lading.packages.package_name import NameKind
from lading.ports.records.contents import AnalysisState, ImageAnalysis, ImageLayer, ImageRecord
from lading.ports.records.record_set import RecordSet
from lading.registry.caller import BoundRights, Caller
from lading.workflows.import_advisories import FeedArrival, import_advisories
from lading.workflows.match_packages import match_packages
from lading.workflows.who_has import who_has

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ROOT = Caller(Principal(PrincipalKind.PERSON, "bench", admin=True), BoundRights(NO_BINDINGS))
FEEDS = Path(__file__).resolve().parents[2] / "shared" / "data" / "advisories"
IN_A_LAYER = 120  # packages
IN_AN_IMAGE = 3  # layers
SPOKEN_OF = 0.4  # the part of the fleet's package versions that advisories speak of


def main() -> None:
    """Run everything once and publish the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=int, default=40_000, help="distinct package versions")
    parser.add_argument("--images", type=int, default=5_000)
    parser.add_argument("--feeds", type=Path, default=FEEDS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-advisories-") as name:
        records = open_sqlite(Path(name) / "lading.db")
        publish("advisories", list(rows(records, arguments)))
        records.close()


def rows(records: SqlRecords, arguments: argparse.Namespace) -> Iterator[Row]:
    """Each work once: they build on each other."""
    import_all = timed(lambda: import_feeds(records, arguments.feeds))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # KiB on Linux
    with records.read() as kept:
        advisories = sum(feed.count for feed in kept.advisories.feeds())
    yield row(f"import of all feeds, {advisories} advisories", "s", import_all, "60 s")
    yield row("memory of that", "MiB", memory, "500 MiB")
    again = timed(lambda: import_feeds(records, arguments.feeds))
    yield row("the same feeds again, unchanged", "s", again, "")
    fleet(records, arguments.packages, arguments.images)
    first = timed(lambda: match_all(records))
    with records.read() as kept:
        known = kept.matches.packages_to_match(limit=1).items
        assert not known
    yield row(f"match of {arguments.packages} distinct package versions", "s", first, "")
    touch_everything(records)
    yield row("full re-match of them", "s", timed(lambda: match_all(records)), "60 s of 400,000")
    yield from one_advisory(records)
    yield from questions(records)


def row(work: str, unit: str, value: float, goal: str) -> Row:
    return Row(work, unit, value, None, "", None, goal, 1)


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def feed_paths(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    for path in sorted(folder.glob("osv/*.zip")):
        yield f"osv/{path.stem}", [path]
    for path in sorted(folder.glob("almalinux/*.zip")):
        yield f"osv/{path.stem}", [path]
    for path in sorted(folder.glob("osv-distro-samples/*.zip")):
        yield f"osv/{path.stem}", [path]
    for path in sorted(folder.glob("debian/tracker-partial.json.gz")):
        yield "debian-tracker", [path]
    if secdb := sorted(folder.glob("alpine/*/*.json")):
        yield "alpine-secdb", secdb
    for path in sorted(folder.glob("wolfi/security.json.gz")):
        yield "alpine-secdb/wolfi", [path]
    for path in sorted(folder.glob("kev/known_exploited_vulnerabilities.json")):
        yield "kev", [path]


def import_feeds(records: SqlRecords, folder: Path) -> None:
    for name, paths in [*feed_paths(folder)]:
        started = time.perf_counter()
        opened = [open_feed_file(path) for path in paths]
        files = [each.__enter__() for each in opened]
        documents = itertools.chain.from_iterable(each.documents for each in files)
        digest = str(Digest.of("".join(each.digest for each in files).encode()))
        outcome = import_advisories(records, ROOT, FeedArrival(name, format_of(name), documents, digest), NOW)
        for each in opened:
            each.__exit__(None, None, None)
        seconds = time.perf_counter() - started
        counts = f"{outcome.state.count:7,} advisories {outcome.refused_count:4} refused"
        print(f"{name:24} {counts} {seconds:6.1f} s")
    arrival = FeedArrival(STARTER_FEED, format_of(STARTER_FEED), starter_documents(), "sha256:starter")
    import_advisories(records, ROOT, arrival, NOW)


def fleet(records: SqlRecords, packages: int, images: int) -> None:
    """Layers of packages that images share, as they do: few bases, many applications."""
    chance = random.Random(7)
    versions = list(itertools.islice(package_versions(records, chance), packages))
    chance.shuffle(versions)
    layers = [
        analysis(number, versions[at : at + IN_A_LAYER])
        for number, at in enumerate(range(0, len(versions), IN_A_LAYER))
    ]
    for at in range(0, len(layers), 20):
        with records.write() as kept:
            for each in layers[at : at + 20]:
                kept.contents.save_layer(each, {}, blob=each.diff_id)
    for at in range(0, images, 200):
        with records.write() as kept:
            for number in range(at, min(at + 200, images)):
                image = [
                    chance.choice(layers[: len(layers) // 10 + 1]),
                    *chance.sample(layers, IN_AN_IMAGE - 1),
                ]
                keep_image(kept, number, image)


def package_versions(records: SqlRecords, chance: random.Random) -> Iterator[Package]:
    """Names of the feeds at versions near their bounds, and names of nobody."""
    by_name: dict[tuple[str, str, str], list[Package]] = defaultdict(list)
    for package in spoken_of(records):
        by_name[package.type, package.name, package.distro].append(package)
    spoken = list(by_name.values())
    seen: set[Package] = set()
    for number in itertools.count():
        if chance.random() < SPOKEN_OF and spoken:
            package = replace(chance.choice(chance.choice(spoken)), arch=chance.choice(("amd64", "arm64")))
        else:
            package = Package("npm", "", f"nobody-{number}", f"1.{number % 50}.{number % 7}")
        if package not in seen:
            seen.add(package)
            yield package


def spoken_of(records: SqlRecords) -> Iterator[Package]:
    """Packages at the bounds of what one in sixteen rows of advisories says."""
    from lading.adapters.sql.advisories_documents import read_affected  # noqa: PLC0415 - no port lists them

    with records.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT affected FROM advisory_package WHERE key LIKE '%7' OR key LIKE '%a'"
        )
        for _, affected in itertools.chain.from_iterable(read_affected(said) for (said,) in rows):
            for bounds in affected.ranges[:3]:
                version = bounds.fixed or bounds.last_affected or bounds.introduced
                source = affected.kind is NameKind.SOURCE and bool(affected.distro)
                yield Package(
                    affected.type,
                    affected.namespace,
                    f"lib{affected.name}" if source else affected.name,
                    version or "1.0",
                    distro=affected.distro,
                    source_name=affected.name if source else "",
                    source_version=(version or "1.0") if source else "",
                )


def analysis(number: int, packages: list[Package]) -> LayerAnalysis:
    return LayerAnalysis(
        diff_id=Digest.of(f"layer {number}".encode()),
        analyser="bench",
        whole=True,
        sources=(PackageSource("var/lib/packages", "bench", tuple(packages)),),
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


def keep_image(kept: RecordSet, number: int, layers: list[LayerAnalysis]) -> None:
    config = Digest.of(f"config {number}".encode())
    raw = (
        f'{{"schemaVersion":2,"mediaType":"{media_types.OCI_MANIFEST}",'
        f'"config":{{"mediaType":"{media_types.OCI_CONFIG}","digest":"{config}","size":1}},"layers":[]}}'
    ).encode()
    manifest = Digest.of(raw)
    image = ImageRecord(
        manifest=manifest,
        config=config,
        platform=Platform("linux", "amd64"),
        user="",
        created="",
        labels={},
        layers=tuple(
            ImageLayer(each.diff_id, each.diff_id, media_types.OCI_LAYER_GZIP, 1) for each in layers
        ),
        analysis=ImageAnalysis(AnalysisState.PENDING, "", NOW),
    )
    kept.contents.save_image(image)
    kept.contents.finish_image(manifest, combine(layers), analyser="bench", at=NOW)
    repository = f"team-{number % 40}/app-{number % 1000}"
    kept.registry.save_manifest(repository, manifest, parse_manifest(raw), at=NOW, by="bench")
    kept.registry.move_tag(repository, f"v{number}", manifest, at=NOW, by="bench")


def match_all(records: SqlRecords) -> int:
    done = list(match_packages(records))
    print(f"{sum(each.packages for each in done):,} packages, {sum(each.matches for each in done):,} matches")
    return len(done)


def touch_everything(records: SqlRecords) -> None:
    """As if every feed had changed in every advisory."""
    with records.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE package SET matched = 0")


def one_advisory(records: SqlRecords) -> Iterator[Row]:
    """A new advisory about a package of many images, from its bytes to the new findings."""
    with records.engine.connect() as connection:
        name = connection.exec_driver_sql(
            "SELECT name FROM package WHERE type = 'npm' ORDER BY id LIMIT 1"
        ).scalar_one()
    content = (
        f'{{"id":"BENCH-1","modified":"{NOW.isoformat()}","affected":[{{"package":{{"ecosystem":"npm",'
        f'"name":"{name}"}},"ranges":[{{"type":"SEMVER","events":[{{"introduced":"0"}}]}}]}}]}}'
    ).encode()
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(content)
        file.flush()

        def take_in() -> None:
            with open_feed_file(Path(file.name)) as feed:
                arrival = FeedArrival("osv/bench", format_of("osv"), feed.documents, feed.digest)
                import_advisories(records, ROOT, arrival, NOW + timedelta(hours=1))
            match_all(records)

        yield row("one new advisory to new findings", "ms", timed(take_in) * 1000, "300 ms")


def questions(records: SqlRecords) -> Iterator[Row]:
    """Every kind of question, the 95th of a hundred times."""
    with records.engine.connect() as connection:
        flaws = connection.exec_driver_sql("SELECT DISTINCT flaw FROM package_match ORDER BY flaw LIMIT 4000")
        asked = [flaw for (flaw,) in flaws][::40]
        packages = connection.exec_driver_sql("SELECT name, version FROM package ORDER BY id LIMIT 4000")
        named = [f"{name} <= {version}" for name, version in packages][::40]
    for kind, each in (("a flaw", asked), ("a package and a version", named)):
        times = sorted(timed(functools.partial(who_has, records, ROOT, question)) for question in each)
        slow = times[int(len(times) * 0.95)]
        yield row(f"who-has {kind}, p95 of {len(times)}", "ms", slow * 1000, "200 ms")


if __name__ == "__main__":
    main()
