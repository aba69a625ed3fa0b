"""Findings beside those of another scanner, and why they differ: `make compare-scanners`.

Both read the same advisories (OSV archives beside the project in `../shared/data`) and the same bill of
materials: package versions at the bounds of what the advisories say, where scanners differ if anywhere. The
other is OSV's own `osv-scanner`, offline; where it is absent, that is said. Every difference is put under a
reason that the data shows, and what has none is listed.
"""

import argparse
import functools
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lading.adapters.sql.engine import SqlRecords, open_memory
from lading.advisories.advisory import Advisory
from lading.bootstrap.scanning import import_feed_file
from lading.matching.finding import Finding, Verdict
from lading.matching.flaws import join, name_sets
from lading.matching.match import match
from lading.packages.package import Package
from lading.packages.package_name import names_of
from lading.packages.purl import package_url

FEEDS = Path(__file__).resolve().parents[2] / "shared" / "data" / "advisories" / "osv"
ECOSYSTEMS = {
    "PyPI": "pypi",
    "npm": "npm",
    "Go": "golang",
    "crates.io": "cargo",
    "Maven": "maven",
    "NuGet": "nuget",
    "RubyGems": "gem",
    "Packagist": "composer",
}
EACH = 400  # package versions of an ecosystem


@dataclass(frozen=True, slots=True)
class Difference:
    """A finding that only one has. ``ours`` says whose it is."""

    ecosystem: str
    package: str
    flaw: str
    ours: bool
    reason: str  # empty where the data shows none


def main() -> int:
    """Compare, print the table, list what is not explained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scanner", default=shutil.which("osv-scanner") or "", help="path of osv-scanner")
    parser.add_argument("--each", type=int, default=EACH)
    arguments = parser.parse_args()
    if not FEEDS.is_dir() or not arguments.scanner:
        print("not compared: " + ("osv-scanner is absent" if FEEDS.is_dir() else f"{FEEDS} is absent"))
        return 0
    records = open_memory()
    unexplained = 0
    lines = [
        "| ecosystem | versions | both | only ours | only osv-scanner's | not explained |",
        "|---|---|---|---|---|---|",
    ]
    reasons: Counter[tuple[str, str]] = Counter()
    for ecosystem, kind in ECOSYSTEMS.items():
        advisories = read_feed(records, ecosystem)
        packages = sample(advisories, kind, arguments.each)
        theirs, unread = scan(arguments.scanner, ecosystem, packages)
        same, differences = compare(ecosystem, packages, advisories, theirs, unread)
        open_ones = [one for one in differences if not one.reason]
        reasons.update((whose(one), one.reason) for one in differences if one.reason)
        unexplained += len(open_ones)
        numbers = (
            len(packages),
            same,
            sum(one.ours for one in differences),
            sum(not one.ours for one in differences),
        )
        lines.append(f"| {ecosystem} | " + " | ".join(map(str, (*numbers, len(open_ones)))) + " |")
        for one in open_ones[:5]:
            print(f"not explained: {whose(one)} {one.ecosystem} {one.package} {one.flaw}")
    print("\n".join(lines))
    print("\n| whose | findings | why the other does not have them |\n|---|---|---|")
    for (owner, reason), number in reasons.most_common():
        print(f"| {owner} | {number} | {reason} |")
    return 1 if unexplained else 0


def whose(one: Difference) -> str:
    return "only ours" if one.ours else "only osv-scanner's"


def read_feed(records: SqlRecords, ecosystem: str) -> list[Advisory]:
    feed = f"osv/{ecosystem}"
    import_feed_file(records, FEEDS / f"{ecosystem}.zip", feed)
    with records.read() as kept:
        ids = list(kept.advisories.content_digests(feed))
        return [one for one in kept.advisories.all_of(feed, ids) if not one.withdrawn]


def sample(advisories: list[Advisory], kind: str, most: int) -> list[Package]:
    """Versions at the bounds of ranges, and one that is listed, of names that advisories speak of."""
    found: dict[Package, None] = {}
    for advisory in advisories:
        for affected in advisory.affected:
            if affected.type != kind:
                continue
            bounds = [
                text for one in affected.ranges for text in (one.introduced, one.fixed, one.last_affected)
            ]
            for version in {*filter(None, bounds), *affected.versions[:1]}:
                found[Package(kind, affected.namespace, affected.name, version)] = None
    everything = sorted(found)
    random.Random(17).shuffle(everything)
    return everything[:most]


def scan(scanner: str, ecosystem: str, packages: list[Package]) -> tuple[dict[str, list[set[str]]], set[str]]:
    """Their findings, each by all of its names, by package; and records that they could not read."""
    components = [
        {"type": "library", "name": one.name, "version": one.version, "purl": package_url(one)}
        for one in packages
    ]
    with tempfile.TemporaryDirectory(prefix="compare-") as made:
        folder = Path(made)
        database = folder / "osv-scanner" / ecosystem
        database.mkdir(parents=True)
        shutil.copy(FEEDS / f"{ecosystem}.zip", database / "all.zip")
        document = folder / "all.cdx.json"
        document.write_text(
            json.dumps(
                {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}
            )
        )
        done = subprocess.run(
            [scanner, "scan", "--experimental-offline", "--format", "json", "--sbom", str(document)],
            env={**os.environ, "OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY": made},
            capture_output=True,
            check=False,
            timeout=600,
        )
    unread = {
        line.split(".json")[0] for line in done.stderr.decode().splitlines() if "not a valid JSON" in line
    }
    found: dict[str, list[set[str]]] = defaultdict(list)
    for result in json.loads(done.stdout or b"{}").get("results") or []:
        for each in result["packages"]:
            package = each["package"]
            for flaw in each.get("vulnerabilities") or []:
                found[f"{package['name']} {package['version']}"].append(
                    {flaw["id"], *(flaw.get("aliases") or [])}
                )
    return found, unread


def compare(
    ecosystem: str,
    packages: list[Package],
    advisories: list[Advisory],
    theirs: dict[str, list[set[str]]],
    unread: set[str],
) -> tuple[int, list[Difference]]:
    """How many findings are the same, and those that are not."""
    by_name: dict[object, list[Advisory]] = defaultdict(list)
    for advisory in advisories:
        for name in {affected.package_name for affected in advisory.affected}:
            by_name[name].append(advisory)
    groups = {
        name: names
        for names, _ in join([(each, None) for one in advisories for each in name_sets(one)])
        for name in names
    }
    records = {name: one for one in advisories for name in one.names}
    same, differences = 0, []
    for package in packages:
        label = f"{their_name(ecosystem, package)} {package.version}"
        findings = [
            one
            for one in match(package, candidates(package, by_name))
            if one.verdict is not Verdict.NOT_AFFECTED
        ]
        ours = {groups.get(one.flaw, (one.flaw,))[0]: one for one in findings}
        known = {groups.get(name, (name,))[0]: names for names in theirs.get(label, []) for name in names}
        same += len(ours.keys() & known.keys())
        for flaw in ours.keys() - known.keys():
            about = [records[name] for name in groups.get(flaw, (flaw,)) if name in records]
            reason = why_only_ours(ours[flaw], about, unread)
            differences.append(Difference(ecosystem, label, flaw, ours=True, reason=reason))
        for flaw in known.keys() - ours.keys():
            reason = why_only_theirs(package, records.get(flaw))
            differences.append(Difference(ecosystem, label, flaw, ours=False, reason=reason))
    return same, differences


def candidates(package: Package, by_name: dict[object, list[Advisory]]) -> Iterator[Advisory]:
    for name in names_of(package):
        yield from by_name.get(name, ())


def their_name(ecosystem: str, package: Package) -> str:
    separator = ":" if ecosystem == "Maven" else "/"
    return f"{package.namespace}{separator}{package.name}" if package.namespace else package.name


def why_only_ours(finding: Finding, records: Iterable[Advisory], unread: set[str]) -> str:
    """The first reason that the data shows."""
    package = finding.package
    named = [
        affected
        for record in records
        for affected in record.affected
        if affected.package_name in names_of(package)
    ]
    if finding.verdict is Verdict.UNDETERMINED:
        return "the version or a bound cannot be compared: to us it may be affected, to osv-scanner it is not"
    if all(package.name != one.name or package.namespace != one.namespace for one in named):
        return "the record spells the name with other capitals, which mean the same in this ecosystem"
    if package.type == "golang" and any(letter.isupper() for letter in package.namespace + package.name):
        return "the purl specification writes names of Go in small letters, and osv-scanner takes them so"
    if package.type == "maven" and re.search(r"[0-9][-.][A-Za-z]", package.version):
        return "Maven (since 3.9) takes 9.0.0.M1 and 9.0.0-M1 for one version, and osv-scanner for two"
    speaking = [record for record in records if match(package, [record])]
    if speaking and all(record.id in unread or _is_unlisted(package, record) for record in speaking):
        return _UNREAD if all(record.id in unread for record in speaking) else _UNLISTED
    return ""


_UNREAD = "the record has a date that osv-scanner cannot read, so it leaves all of it out"
_UNLISTED = "the version is in the record's range, and not in the list of versions that it has besides"


def _is_unlisted(package: Package, record: Advisory) -> bool:
    """By the record as it came: what ranges say already is not kept a second time as a list."""
    listed = written_versions(record.feed).get(record.id, ())
    return bool(listed) and package.version not in listed


@functools.cache
def written_versions(feed: str) -> dict[str, frozenset[str]]:
    """All versions that each record of a feed lists, for whatever package."""
    found: dict[str, frozenset[str]] = {}
    with zipfile.ZipFile(FEEDS / f"{feed.partition('/')[2]}.zip") as archive:
        for member in archive.namelist():
            record = json.loads(archive.read(member))
            lists = (one.get("versions") for one in record.get("affected", []))
            listed = itertools.chain.from_iterable(each for each in lists if isinstance(each, list))
            found[record["id"]] = frozenset(listed)
    return found


def why_only_theirs(package: Package, record: Advisory | None) -> str:
    """The first reason that the data shows."""
    if record is None:
        return "the record is withdrawn, or was refused"
    if package.type == "composer":
        return "Composer fills up missing numbers (4 is 4.0.0, 7.65 is 7.65.0); osv-scanner puts 7.65 before"
    return ""


if __name__ == "__main__":
    sys.exit(main())
