"""CSAF documents."""

import gzip
import json
from typing import Any

import pytest

from lading.advisories.advisory import Advisory, Severity
from lading.advisories.formats.csaf import CSAF
from lading.foundation.errors import Malformed
from lading.matching.finding import Rule, Verdict
from lading.matching.match import match
from lading.packages.package import Package
from tests.support.feed_documents import decode, only, refused, shared_file

FIXED = "BaseOS-8.9:curl-0:7.61.1-33.el8_9.1.src"


def product(name: str, **helper: str) -> dict[str, Any]:
    found = {"product_id": name, "name": name, "product_identification_helper": helper}
    return {"category": "product_version", "name": name, "product": found}


def part(component: str, platform: str) -> dict[str, Any]:
    return {
        "category": "default_component_of",
        "full_product_name": {"product_id": f"{platform}:{component}", "name": component},
        "product_reference": component,
        "relates_to_product_reference": platform,
    }


def document(**status: list[str]) -> dict[str, Any]:
    fixed = "curl-0:7.61.1-33.el8_9.1.src"
    branches = [
        product("BaseOS-8.9", cpe="cpe:/o:redhat:enterprise_linux:8::baseos"),
        product("RHEL7", cpe="cpe:/o:redhat:enterprise_linux:7"),
        product("EUS", cpe="cpe:/o:redhat:rhel_eus:8.6::baseos"),
        product(fixed, purl="pkg:rpm/redhat/curl@7.61.1-33.el8_9.1?arch=src"),
    ]
    return {
        "document": {
            "category": "csaf_vex",
            "aggregate_severity": {"text": "Important"},
            "title": "curl: heap overflow",
            "tracking": {"id": "CVE-2023-38545", "current_release_date": "2024-01-01T00:00:00Z"},
        },
        "product_tree": {
            "branches": [{"category": "vendor", "name": "Red Hat", "branches": branches}],
            "relationships": [part(fixed, "BaseOS-8.9"), part(fixed, "EUS"), part("curl", "RHEL7")],
        },
        "vulnerabilities": [{"cve": "CVE-2023-38545", "product_status": status}],
    }


def curl(version: str, distro: str) -> Package:
    return Package("rpm", "redhat", "libcurl", version, "x86_64", distro, "curl", version)


def test_a_fix_is_of_the_release_that_the_product_is_of() -> None:
    found = only(CSAF, json.dumps(document(fixed=[FIXED, "EUS:curl-0:7.61.1-33.el8_9.1.src"])))
    assert (found.id, found.aliases, found.severity) == ("CVE-2023-38545", (), Severity.HIGH)
    assert [each.distro for each in found.affected] == ["rhel-8"]
    (finding,) = match(curl("7.61.1-30.el8", "rhel-8.9"), [found])
    assert (finding.verdict, finding.fixed_in) == (Verdict.AFFECTED, "0:7.61.1-33.el8_9.1")
    assert match(curl("7.61.1-33.el8_9.1", "rhel-8.9"), [found]) == ()


@pytest.mark.parametrize(
    ("status", "verdict", "rule"),
    [
        ("known_affected", Verdict.AFFECTED, Rule.NO_FIX),
        ("known_not_affected", Verdict.NOT_AFFECTED, Rule.VENDOR_NOT_AFFECTED),
        ("under_investigation", Verdict.UNDETERMINED, Rule.VENDOR_UNDETERMINED),
    ],
)
def test_what_is_not_fixed_is_told_in_the_vendors_words(status: str, verdict: Verdict, rule: Rule) -> None:
    content = document(**{status: ["RHEL7:curl"]})
    content["vulnerabilities"][0]["remediations"] = [
        {"category": "no_fix_planned", "details": "Out of support scope", "product_ids": ["RHEL7:curl"]}
    ]
    (finding,) = match(curl("7.29.0-59.el7", "rhel-7"), [only(CSAF, json.dumps(content))])
    assert (finding.verdict, finding.reason.rule) == (verdict, rule)
    assert (finding.reason.says == "end-of-life") == (verdict is Verdict.AFFECTED)


def test_an_advisory_about_two_flaws_says_of_each_what_is_fixed() -> None:
    content = document(fixed=[FIXED])
    content["document"]["tracking"]["id"] = "RHSA-2023:1"
    content["vulnerabilities"].append({"cve": "CVE-2023-2", "product_status": {"fixed": [FIXED]}})
    found = [one for one in decode(CSAF, json.dumps(content)) if isinstance(one, Advisory)]
    assert [one.id for one in found] == ["RHSA-2023:1/CVE-2023-38545", "RHSA-2023:1/CVE-2023-2"]
    assert [one.aliases for one in found] == [("CVE-2023-38545",), ("CVE-2023-2",)]


def test_documents_of_another_shape_are_refused_and_those_cut_off_refuse_the_feed() -> None:
    assert "not a CSAF document" in refused(decode(CSAF, '{"document": []}'))[0]
    with pytest.raises(Malformed):
        decode(CSAF, json.dumps(document())[:-5])


def test_branches_without_end_take_no_time() -> None:
    branch: dict[str, Any] = {"branches": []}
    for _ in range(25):
        branch = {"branches": [branch]}
    content = document(fixed=[FIXED])
    content["product_tree"]["branches"].append(branch)
    assert only(CSAF, json.dumps(content)).affected


@pytest.mark.parametrize("folder", ["redhat/vex", "redhat/csaf"])
def test_real_documents_are_read(folder: str) -> None:
    for file in sorted(shared_file(folder).glob("*.json.gz")):
        decoded = decode(CSAF, gzip.decompress(file.read_bytes()))
        assert refused(decoded) == [], file
        assert decoded, file
    curl_vex = gzip.decompress(shared_file("redhat/vex/cve-2023-38545.json.gz").read_bytes())
    found = only(CSAF, curl_vex)
    fixes = {"7.76.1-20.el9": "0:7.76.1-23.el9_2.4", "7.76.1-24.el9": "0:7.76.1-26.el9_3.2"}
    for version, fix in fixes.items():
        (finding,) = match(curl(version, "rhel-9"), [found])
        assert (finding.verdict, finding.fixed_in) == (Verdict.AFFECTED, fix)
    assert not match(curl("7.76.1-23.el9_2.5", "rhel-9"), [found])
    assert not match(curl("7.76.1-29.el9_4", "rhel-9"), [found])
