"""Feeds whose format is a list: Photon, Arch, Fedora, GitHub, NVD, notices of repositories."""

import contextlib
import gzip
import json
from typing import Any

import pytest

from lading.advisories.advisory import Advisory, AffectedRange, Severity
from lading.advisories.all_formats import ALL_FORMATS
from lading.advisories.feed import Decoded, FeedFormat
from lading.advisories.formats.arch import ARCH
from lading.advisories.formats.bodhi import BODHI
from lading.advisories.formats.github_advisories import GITHUB
from lading.advisories.formats.nvd import NVD
from lading.advisories.formats.photon import PHOTON
from lading.advisories.formats.updateinfo import UPDATEINFO
from lading.foundation.errors import LadingError, Malformed
from lading.matching.finding import Verdict
from lading.matching.match import match
from lading.packages.package import Package
from tests.support.feed_documents import decode, only, refused, shared_file


def test_photon_names_its_release_in_the_name_of_the_document() -> None:
    entry = {
        "cve_id": "CVE-2023-38545",
        "pkg": "curl",
        "cve_score": 9.8,
        "res_ver": "7.88.1-4.ph4",
        "status": "Fixed",
    }
    found = only(PHOTON, json.dumps([entry]), name="cve_data_photon4.0.json")
    assert (found.id, found.severity) == ("CVE-2023-38545", Severity.CRITICAL)
    assert (found.affected[0].distro, found.affected[0].ranges) == (
        "photon-4.0",
        (AffectedRange(fixed="7.88.1-4.ph4"),),
    )
    with pytest.raises(Malformed) as error:
        decode(PHOTON, json.dumps([entry]))
    assert error.value.code == "feed-release-missing"


def test_photon_says_what_was_never_affected_and_nothing_where_it_says_nothing() -> None:
    entries = [
        {"cve_id": "CVE-1", "pkg": "httpd", "aff_ver": "", "res_ver": "NA", "status": "Not Affected"},
        {"cve_id": "CVE-2", "pkg": "python3", "aff_ver": "NA", "res_ver": "NA", "status": "Fixed"},
    ]
    assert only(PHOTON, json.dumps(entries), feed="photon/photon-5.0").affected[0].not_affected


def test_a_group_of_arch_is_about_all_its_issues() -> None:
    group = {
        "name": "AVG-1",
        "packages": ["glibc", "lib32-glibc"],
        "affected": "2.38-1",
        "fixed": None,
        "severity": "High",
        "status": "Vulnerable",
        "type": "x",
        "issues": ["CVE-1-1", "CVE-1-2"],
        "advisories": [],
    }
    found = only(ARCH, json.dumps([group]))
    assert (found.flaws, found.severity, len(found.affected)) == (("CVE-1-1", "CVE-1-2"), Severity.HIGH, 2)
    assert found.affected[0].ranges == (AffectedRange(),)
    glibc = Package("alpm", "arch", "glibc", "2.38-1", "x86_64", "arch")
    assert [finding.flaw for finding in match(glibc, [found])] == ["CVE-1-1", "CVE-1-2"]
    never = only(ARCH, json.dumps([group | {"status": "Not affected"}]))
    assert never.affected[0].not_affected


def test_an_update_of_fedora_is_about_the_flaws_that_its_bugs_name() -> None:
    update = {
        "alias": "FEDORA-2025-c",
        "title": "libxml2-2.12.10-1.fc40",
        "type": "security",
        "status": "stable",
        "severity": "medium",
        "release": {"version": "40", "id_prefix": "FEDORA"},
        "bugs": [{"title": "CVE-2024-56171 libxml2: use after free"}],
        "builds": [{"nvr": "libxml2-2.12.10-1.fc40", "type": "rpm", "epoch": 0}],
    }
    found = only(BODHI, json.dumps({"updates": [update]}))
    assert found.flaws == ("CVE-2024-56171",)
    assert (found.affected[0].name, found.affected[0].ranges[0].fixed) == ("libxml2", "0:2.12.10-1.fc40")
    assert decode(BODHI, json.dumps(update | {"type": "enhancement"})) == []


def github(bounds: str, patched: str | None = None) -> dict[str, Any]:
    vulnerability = {
        "package": {"ecosystem": "pip", "name": "Jinja2"},
        "vulnerable_version_range": bounds,
        "first_patched_version": patched,
    }
    return {
        "ghsa_id": "GHSA-1",
        "cve_id": "CVE-2019-1",
        "severity": "high",
        "vulnerabilities": [vulnerability],
    }


@pytest.mark.parametrize(
    ("bounds", "inside", "outside"),
    [
        (">= 1.0, < 2.10.1", ("1.0", "2.10"), ("0.9", "2.10.1")),
        ("<= 2.10", ("2.10", "0.1"), ("2.11",)),
        ("= 2.3", ("2.3",), ("2.4",)),
    ],
)
def test_ranges_of_github_are_compared(
    bounds: str, inside: tuple[str, ...], outside: tuple[str, ...]
) -> None:
    found = only(GITHUB, json.dumps([github(bounds)]))
    assert all(match(Package("pypi", "", "jinja2", version), [found]) for version in inside)
    assert not any(match(Package("pypi", "", "jinja2", version), [found]) for version in outside)


def test_a_range_that_cannot_be_read_leaves_it_open_which_versions_are_meant() -> None:
    (finding,) = match(Package("pypi", "", "jinja2", "2.0"), [only(GITHUB, json.dumps([github("~> 2")]))])
    assert finding.verdict is Verdict.UNDETERMINED
    assert only(GITHUB, json.dumps([github("< 2") | {"withdrawn_at": "2024-01-01T00:00:00Z"}])).withdrawn


def test_nvd_rates_flaws_and_knows_products_by_name_alone() -> None:
    cve = {
        "id": "CVE-2024-1",
        "published": "2024-01-01T00:00:00.000",
        "vulnStatus": "Analyzed",
        "descriptions": [{"lang": "en", "value": "A flaw. More."}],
        "metrics": {
            "cvssMetricV31": [
                {
                    "type": "Primary",
                    "cvssData": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
                }
            ]
        },
        "configurations": [
            {
                "nodes": [
                    {
                        "cpeMatch": [
                            {
                                "vulnerable": True,
                                "criteria": "cpe:2.3:a:acme:web\\:server:*:*:*:*:*:*:*:*",
                                "versionEndExcluding": "2.0",
                            },
                            {"vulnerable": True, "criteria": "cpe:2.3:o:acme:os:1:*:*:*:*:*:*:*"},
                        ]
                    }
                ]
            }
        ],
    }
    found = only(NVD, json.dumps({"vulnerabilities": [{"cve": cve}]}))
    assert (found.severity, found.summary) == (Severity.CRITICAL, "A flaw.")
    assert [each.name for each in found.affected] == ["web:server"]
    (finding,) = match(Package("generic", "", "web:server", "1.9"), [found])
    assert finding.reason.words.endswith("matched by a CPE, a name that may be another product's")
    assert match(Package("deb", "debian", "web:server", "1.9", distro="debian-12"), [found]) == ()
    assert only(NVD, json.dumps({"vulnerabilities": [{"cve": cve | {"vulnStatus": "Rejected"}}]})).withdrawn


NOTICE = """<updates><update type="security" status="final"><id>ALAS2023-2023-126</id><title>curl</title>
<issued date="2023-03-02 01:02:03"/><severity>important</severity>
<references><reference href="https://alas.example/1" id="CVE-2023-23914" type="cve"/></references>
<pkglist><collection><package name="curl" epoch="0" version="7.88.1" release="1.amzn2023" arch="x86_64"/>
<package name="curl" epoch="0" version="7.88.1" release="1.amzn2023" arch="aarch64"/></collection></pkglist>
</update><update type="bugfix"><id>ALAS-2</id></update></updates>"""


def test_a_notice_of_a_repository_is_about_its_references() -> None:
    found = only(UPDATEINFO, NOTICE, feed="updateinfo/amzn-2023")
    assert (found.id, found.flaws, found.severity) == (
        "ALAS2023-2023-126",
        ("CVE-2023-23914",),
        Severity.HIGH,
    )
    assert found.published == "2023-03-02T01:02:03"
    assert [each.ranges for each in found.affected] == [(AffectedRange(fixed="0:7.88.1-1.amzn2023"),)]
    with pytest.raises(Malformed) as error:
        decode(UPDATEINFO, NOTICE)
    assert error.value.code == "feed-release-missing"


FEEDS = {"photon": "photon/photon-5.0", "updateinfo": "updateinfo/amzn-2023", "oval": "oval/rocky"}


@pytest.mark.parametrize("kind", ALL_FORMATS, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"null",
        b"[1, {}, []]",
        b'{"vulnerabilities": [null, {"cve": {"id": 7}}]}',
        b"[" * 100_000,
        b"<html><body>503 Service Unavailable</body></html>",
        b'{"a": 1, "a": 2}',
    ],
    ids=["empty", "binary", "null", "wrong types", "wrong entries", "without end", "a page", "ambiguous"],
)
def test_what_is_no_feed_gives_no_advisory(kind: FeedFormat, content: bytes) -> None:
    decoded: list[Decoded] = []
    with contextlib.suppress(LadingError):
        decoded = decode(kind, content, feed=FEEDS.get(kind.name, ""))
    assert not any(isinstance(one, Advisory) for one in decoded)


@pytest.mark.parametrize(
    ("kind", "path", "feed", "advisories", "refusals"),
    [
        (PHOTON, "format-samples/photon/input/cve_data_photon4.0.json", "", 4, 0),
        (ARCH, "format-samples/arch/input/arch-advisories/all.json", "", 5, 0),
        (BODHI, "format-samples/fedora/input/FEDORA-2025-ccc3333333.json", "", 1, 0),
    ],
)
def test_real_samples_are_read(
    kind: FeedFormat, path: str, feed: str, advisories: int, refusals: int
) -> None:
    file = shared_file(path)
    raw = file.read_bytes()
    content = gzip.decompress(raw) if path.endswith(".gz") else raw
    decoded = decode(kind, content, feed, name=file.name)
    assert len([one for one in decoded if isinstance(one, Advisory)]) >= advisories
    assert len(refused(decoded)) <= refusals
