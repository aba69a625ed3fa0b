"""The gate: of what is known beforehand, how much is found (recall), and how much of it is right (precision).

It runs on the real feeds where they lie beside the project. The figures may only go up: raise them here.
"""

import itertools
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from lading.adapters.feed_files import open_feed_file
from lading.advisories.advisory import Advisory
from lading.advisories.all_formats import format_of
from lading.matching.finding import Verdict
from lading.matching.sweep import speak, sweep
from lading.packages.package import Package
from lading.packages.package_name import PackageName, names_of
from tests.quality.labelled import LABELS
from tests.support.feed_documents import shared_file

LEAST_PRECISION = 1.0
LEAST_RECALL = 0.93  # the tracker at hand has no entries of mid-2023, so libwebp on Debian is not found
FEEDS = {
    "debian-tracker": "debian/tracker-partial.json.gz",
    "osv/Debian": "osv-distro-samples/Debian.zip",
    "osv/PyPI": "osv/PyPI.zip",
    "osv/npm": "osv/npm.zip",
    "osv/Maven": "osv/Maven.zip",
    "osv/Go": "osv/Go.zip",
    "osv/crates.io": "osv/crates.io.zip",
    "osv/RubyGems": "osv/RubyGems.zip",
    "osv/AlmaLinux": "almalinux/AlmaLinux.zip",
}


def read(feed: str, paths: list[Path], wanted: set[PackageName]) -> list[Advisory]:
    """The advisories of a feed that speak of a package that is labelled."""
    with ExitStack() as opened:
        files = [opened.enter_context(open_feed_file(path)) for path in paths]
        documents = itertools.chain.from_iterable(file.documents for file in files)
        return [
            one
            for one in format_of(feed).decode(feed, documents)
            if isinstance(one, Advisory) and any(each.package_name in wanted for each in one.affected)
        ]


@pytest.fixture(scope="module")
def found() -> dict[Package, set[str]]:
    """All names of all flaws that are found of each labelled package."""
    packages = list(dict.fromkeys(label.package for label in LABELS))
    wanted = {name for package in packages for name in names_of(package)}
    advisories = [one for feed, path in FEEDS.items() for one in read(feed, [shared_file(path)], wanted)]
    advisories += read("alpine-secdb", sorted(shared_file("alpine").glob("*/*.json")), wanted)
    names: dict[Package, set[str]] = {package: set() for package in packages}
    for finding in sweep(packages, speak(advisories)):
        if finding.verdict is Verdict.AFFECTED:
            names[finding.package].update(finding.names)
    return names


def test_what_is_known_is_found_and_what_is_found_is_right(
    found: dict[Package, set[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    missed = [(label, flaw) for label in LABELS for flaw in label.has if flaw not in found[label.package]]
    wrong = [(label, flaw) for label in LABELS for flaw in label.has_not if flaw in found[label.package]]
    known = sum(len(label.has) for label in LABELS)
    right = known - len(missed)
    precision, recall = right / max(right + len(wrong), 1), right / known
    with capsys.disabled():
        lines = [f"findings: precision {precision:.3f}, recall {recall:.3f}, {known} labelled"]
        for what, each in (("missed", missed), ("wrong", wrong)):
            for label, flaw in each:
                package = label.package
                lines.append(f"  {what}: {flaw} of {package.name} {package.version} ({label.why})")
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert precision >= LEAST_PRECISION
    assert recall >= LEAST_RECALL


def test_the_gate_can_fail(found: dict[Package, set[str]]) -> None:
    """What nobody has is not found: the names are of flaws, and not of everything."""
    assert not any("CVE-1999-0001" in names for names in found.values())
    assert sum(bool(names) for names in found.values()) < len(found)
