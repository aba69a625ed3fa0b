"""Feeds of a few records, each written as its publisher writes it. The flaws and packages are made up."""

import io
import json
from collections.abc import Iterator
from typing import Any

from lading.advisories.advisory import Advisory
from lading.advisories.all_formats import format_of
from lading.advisories.feed import FeedDocument, RefusedRecord
from tests.support.osv_records import affected, record

_FROM_THE_START = {"introduced": "0"}


def _resolved(version: str) -> dict[str, Any]:
    return {"status": "resolved", "fixed_version": version, "urgency": "medium"}


_DEBIAN = {
    "curl": {
        "CVE-2026-0101": {
            "releases": {
                "bookworm": _resolved("7.88.1-10+deb12u4"),
                "bullseye": _resolved("7.74.0-1.3+deb11u10"),
            }
        },
        "CVE-2026-0102": {"releases": {"bookworm": _resolved("0")}},
        "CVE-2026-0103": {"releases": {"bookworm": {"status": "undetermined", "urgency": "low"}}},
        "CVE-2026-0104": {
            "releases": {
                "bookworm": {"status": "open", "urgency": "low", "nodsa": "Minor", "nodsa_reason": ""}
            }
        },
    },
    "anvil": {"CVE-2026-0105": {"releases": {"bookworm": _resolved("1:1.2-3")}}},
    "mailx": {"CVE-2026-0106": {"releases": {"bookworm": _resolved("9.0-1")}}},
    "python-rope": {"CVE-2026-0301": {"releases": {"bookworm": _resolved("2.28.1+dfsg-1+deb12u1")}}},
}

_ALPINE = {
    "distroversion": "v3.19",
    "reponame": "main",
    "packages": [
        {"pkg": {"name": "openssl", "secfixes": {"3.1.4-r3": ["CVE-2026-0201"], "0": ["CVE-2026-0202"]}}},
        {"pkg": {"name": "chisel", "secfixes": {"10.0-r0": ["CVE-2026-0203"]}}},
    ],
}

_AMAZON = """<?xml version="1.0"?><updates>
<update type="security"><id>ALAS2023-2026-001</id><title>curl</title><severity>important</severity>
<references><reference id="CVE-2026-0401" type="cve"/></references>
<pkglist><collection><package name="curl" epoch="0" version="7.88.1" release="1.amzn2023" arch="x86_64"/>
</collection></pkglist></update>
<update type="security"><id>ALAS2023-2026-002</id><title>vise</title><severity>medium</severity>
<references><reference id="CVE-2026-0402" type="cve"/></references>
<pkglist><collection><package name="vise" epoch="1" version="2.0" release="4.amzn2023" arch="x86_64"/>
</collection></pkglist></update>
</updates>"""

_RED_HAT_FIX = "vise-0:3.2-5.el9_4.src"
_RED_HAT = {
    "document": {
        "category": "csaf_vex",
        "aggregate_severity": {"text": "Important"},
        "title": "vise",
        "tracking": {"id": "CVE-2026-0403", "current_release_date": "2026-01-01T00:00:00Z"},
    },
    "product_tree": {
        "branches": [
            {
                "category": "product_version",
                "name": name,
                "product": {"product_id": name, "name": name, "product_identification_helper": helper},
            }
            for name, helper in (
                ("BaseOS-9", {"cpe": "cpe:/o:redhat:enterprise_linux:9::baseos"}),
                (_RED_HAT_FIX, {"purl": "pkg:rpm/redhat/vise@3.2-5.el9_4?arch=src"}),
            )
        ],
        "relationships": [
            {
                "category": "default_component_of",
                "full_product_name": {"product_id": f"BaseOS-9:{component}", "name": component},
                "product_reference": component,
                "relates_to_product_reference": "BaseOS-9",
            }
            for component in (_RED_HAT_FIX, "plane", "lathe")
        ],
    },
    "vulnerabilities": [
        {
            "cve": "CVE-2026-0403",
            "product_status": {
                "fixed": [f"BaseOS-9:{_RED_HAT_FIX}"],
                "known_not_affected": ["BaseOS-9:plane"],
                "under_investigation": ["BaseOS-9:lathe"],
            },
        }
    ],
}


def _osv(
    identifier: str, ecosystem: str, name: str, *events: dict[str, str], **members: Any
) -> dict[str, Any]:
    kind = "ECOSYSTEM" if ecosystem == "PyPI" else "SEMVER"
    return record(identifier, affected=[affected(ecosystem, name, *events, kind=kind)], **members)


_PYPI = (
    _osv("PYSEC-2026-1", "PyPI", "rope", _FROM_THE_START, {"fixed": "2.31.0"}, aliases=["CVE-2026-0301"]),
    _osv(
        "GHSA-2222-3333-4444", "PyPI", "rope", _FROM_THE_START, {"fixed": "2.31.0"}, aliases=["CVE-2026-0301"]
    ),
    _osv("PYSEC-2026-2", "PyPI", "tool-kit", _FROM_THE_START, {"fixed": "2.0"}, aliases=["CVE-2026-0302"]),
    _osv(
        "PYSEC-2026-3",
        "PyPI",
        "tool-kit",
        _FROM_THE_START,
        aliases=["CVE-2026-0303"],
        withdrawn="2026-02-01T00:00:00Z",
    ),
    _osv(
        "PYSEC-2026-4",
        "PyPI",
        "tool-kit",
        {"introduced": "1.0"},
        {"fixed": "1.0"},
        aliases=["CVE-2026-0304"],
    ),
    _osv("PYSEC-2026-5", "PyPI", "hinge", aliases=["CVE-2026-0305"]),
)
_NPM = (
    _osv(
        "GHSA-npm1-npm1-npm1", "npm", "spade", _FROM_THE_START, {"fixed": "2.0.0"}, aliases=["CVE-2026-0501"]
    ),
    _osv(
        "GHSA-npm2-npm2-npm2",
        "npm",
        "spade",
        {"introduced": "3.0.0"},
        {"last_affected": "3.1.0"},
        aliases=["CVE-2026-0502"],
    ),
)
_GO = (
    _osv(
        "GO-2026-0001",
        "Go",
        "example.org/x/saw",
        _FROM_THE_START,
        {"fixed": "0.17.0"},
        aliases=["CVE-2026-0601"],
    ),
    _osv(
        "GO-2026-0002",
        "Go",
        "example.org/x/file",
        _FROM_THE_START,
        {"fixed": "0.0.0-20260314234659-1baeb1ce4c0b"},
        aliases=["CVE-2026-0602"],
    ),
)

SMALL_FEEDS: dict[str, tuple[bytes, ...]] = {
    "debian-tracker": (json.dumps(_DEBIAN).encode(),),
    "alpine-secdb": (json.dumps(_ALPINE).encode(),),
    "updateinfo/amzn-2023": (_AMAZON.encode(),),
    "csaf/redhat": (json.dumps(_RED_HAT).encode(),),
    "osv/PyPI": tuple(json.dumps(each).encode() for each in _PYPI),
    "osv/npm": tuple(json.dumps(each).encode() for each in _NPM),
    "osv/Go": tuple(json.dumps(each).encode() for each in _GO),
}


def small_advisories() -> Iterator[Advisory]:
    """All that the feeds hold; none of it may be refused."""
    for feed, contents in SMALL_FEEDS.items():
        documents = [FeedDocument(f"{at}.json", io.BytesIO(each)) for at, each in enumerate(contents)]
        for one in format_of(feed).decode(feed, documents):
            assert not isinstance(one, RefusedRecord), one
            if isinstance(one, Advisory):
                yield one
