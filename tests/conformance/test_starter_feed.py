"""The facts of the starter set are those that the public feeds publish, wherever these speak of them."""

import gzip
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lading.adapters.starter_feed import starter_content, starter_documents
from lading.advisories.advisory import Advisory, Severity
from lading.advisories.debian_releases import DISTRO_OF_CODENAME
from lading.advisories.formats.osv import OSV
from lading.matching.finding import Verdict
from lading.matching.match import match
from lading.packages.all_version_schemes import VERSION_SCHEMES
from lading.packages.package import Package
from tests.support.osv_records import document

# Where a public feed says otherwise, and why the starter set keeps its own.
DIFFERENT = {
    ("CVE-2021-41773", "apache2"): "only 2.4.49 has the flaw; secdb does not say since when",
    ("CVE-2021-42013", "apache2"): "likewise",
    ("CVE-2024-3094", "xz"): "only 5.6.0 and 5.6.1 have it; likewise",
}


@pytest.fixture(scope="module")
def starter() -> dict[str, Advisory]:
    decoded = list(OSV.decode("starter", starter_documents()))
    advisories = {one.id: one for one in decoded if isinstance(one, Advisory)}
    assert len(advisories) == len(decoded)
    return advisories


def test_every_record_says_how_bad_it_is_what_is_affected_and_where_it_ends(
    starter: dict[str, Advisory],
) -> None:
    assert len(starter) >= 60
    for one in starter.values():
        assert one.severity is not Severity.UNKNOWN, one.id
        assert one.summary.endswith("."), one.id
        assert one.affected, one.id
        for affected in one.affected:
            scheme = VERSION_SCHEMES[affected.scheme]
            for bounds in affected.ranges:
                assert not bounds.introduced or scheme.key(bounds.introduced), (one.id, bounds)
                assert not bounds.fixed or scheme.key(bounds.fixed), (one.id, bounds)


def test_records_stand_in_order_one_to_a_line_without_repetition() -> None:
    ids = [json.loads(line)["id"] for line in starter_content().splitlines()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("package", "flaw"),
    [
        (Package("deb", "debian", "bash", "4.2+dfsg-0.1", "amd64", "debian-12", "bash"), "CVE-2014-6271"),
        (Package("deb", "ubuntu", "bash", "4.2-2ubuntu2", "amd64", "ubuntu-24.04"), "CVE-2014-6271"),
        (
            Package("deb", "debian", "libssl1.0.0", "1.0.1e-2", "amd64", "debian-7", "openssl", "1.0.1e-2"),
            "CVE-2014-0160",
        ),
        (Package("maven", "org.apache.logging.log4j", "log4j-core", "2.14.1"), "CVE-2021-44228"),
        (Package("apk", "alpine", "libcurl", "8.3.0-r0", "", "alpine-3.18.4", "curl"), "CVE-2023-38545"),
        (Package("pypi", "", "PyYAML", "5.3.1"), "CVE-2020-14343"),
        (Package("npm", "", "minimist", "1.2.5"), "CVE-2021-44906"),
        (Package("golang", "golang.org/x", "net", "v0.16.0"), "CVE-2023-44487"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_it_finds_what_it_is_shipped_for(starter: dict[str, Advisory], package: Package, flaw: str) -> None:
    found = {one.flaw: one.verdict for one in match(package, starter.values())}
    assert found[flaw] is Verdict.AFFECTED


def test_a_current_distribution_is_not_flagged(starter: dict[str, Advisory]) -> None:
    current = [
        Package("deb", "debian", "bash", "5.2.15-2+b7", "amd64", "debian-12", "bash", "5.2.15-2"),
        Package("deb", "debian", "liblzma5", "5.4.1-0.2", "amd64", "debian-12", "xz-utils", "5.4.1-0.2"),
        Package(
            "deb", "debian", "libc6", "2.36-9+deb12u10", "amd64", "debian-12", "glibc", "2.36-9+deb12u10"
        ),
        Package("pypi", "", "requests", "2.32.3"),
    ]
    assert [match(package, starter.values()) for package in current] == [()] * len(current)


def test_the_exploited_ones_are_those_of_the_catalog(starter: dict[str, Advisory], shared_data: Path) -> None:
    catalog = json.loads((shared_data / "advisories/kev/known_exploited_vulnerabilities.json").read_bytes())
    exploited = {entry["cveID"] for entry in catalog["vulnerabilities"]}
    assert {one.id for one in starter.values() if one.known_exploited} == exploited & starter.keys()


def bounds_of(advisory: Advisory, package_type: str, name: str) -> set[tuple[str, str, str]]:
    return {
        (one.introduced, one.fixed, one.last_affected)
        for affected in advisory.affected
        if affected.type == package_type
        and "/".join(filter(None, (affected.namespace, affected.name))) == name
        for one in affected.ranges
    }


def native_records(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((folder / "osv").glob("*.zip")):
        if path.stem == "Bitnami":
            continue
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield path.stem, json.loads(archive.read(name))


def test_ranges_of_languages_are_published_ones(starter: dict[str, Advisory], shared_data: Path) -> None:
    wanted = {name: one for one in starter.values() for name in (one.id, *one.aliases)}
    published: dict[tuple[str, str, str], list[set[tuple[str, str, str]]]] = defaultdict(list)
    for _, record in native_records(shared_data / "advisories"):
        names = {record["id"], *record.get("aliases", [])} & wanted.keys()
        if not names or record.get("withdrawn"):
            continue
        (decoded,) = OSV.decode("osv", [document(record)])
        assert isinstance(decoded, Advisory)
        for flaw in {wanted[name].id for name in names}:
            for affected in decoded.affected:
                name = "/".join(filter(None, (affected.namespace, affected.name)))
                published[flaw, affected.type, name].append(bounds_of(decoded, affected.type, name))
    checked = 0
    for one in starter.values():
        for affected in one.affected:
            name = "/".join(filter(None, (affected.namespace, affected.name)))
            if affected.distro or affected.type == "generic":  # no feed is about what makers release
                continue
            assert bounds_of(one, affected.type, name) in published[one.id, affected.type, name], (
                one.id,
                name,
            )
            checked += 1
    assert checked > 50


def test_fixes_of_debian_are_published_ones(starter: dict[str, Advisory], shared_data: Path) -> None:
    published: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    with gzip.open(shared_data / "advisories/debian/dsa-dla.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            advisory = json.loads(line)
            for codename, source, version in advisory["fixes"]:
                for flaw in advisory["cves"]:
                    published[flaw, source, DISTRO_OF_CODENAME.get(codename, codename)].add(version)
    with gzip.open(shared_data / "advisories/debian/tracker-partial.json.gz") as content:
        for source, flaws in json.loads(content.read()).items():
            for flaw, state in flaws.items():
                for codename, release in state["releases"].items():
                    if release["status"] == "resolved":
                        published[flaw, source, DISTRO_OF_CODENAME[codename]].add(release["fixed_version"])
    checked = 0
    for one in starter.values():
        for affected in one.affected:
            versions = published.get((one.id, affected.name, affected.distro))
            if affected.type == "deb" and versions:
                assert {bounds.fixed for bounds in affected.ranges} <= versions, (one.id, affected)
                checked += 1
    assert checked > 40


def test_fixes_of_alpine_are_published_ones(starter: dict[str, Advisory], shared_data: Path) -> None:
    published: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for path in (shared_data / "advisories/alpine").glob("*/*.json"):
        release = f"alpine-{path.parent.name.removeprefix('v')}"
        for entry in json.loads(path.read_bytes())["packages"]:
            for version, flaws in entry["pkg"]["secfixes"].items():
                for flaw in " ".join(flaws).split():
                    published[flaw, entry["pkg"]["name"], release].add(version)
    checked = 0
    for one in starter.values():
        for affected in one.affected:
            if affected.type == "apk":
                versions = published[one.id, affected.name, affected.distro]
                assert {bounds.fixed for bounds in affected.ranges} <= versions, (one.id, affected)
                since = {bounds.introduced for bounds in affected.ranges} - {""}
                assert not since or (one.id, affected.name) in DIFFERENT
                checked += 1
    assert checked > 100
