"""Bills of materials of others: what they declare, and what cannot be told of them."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from lading.foundation.errors import LadingError
from lading.sbom.reading import ReadSbom, read_sbom

SYFT = {
    "artifacts": [
        {
            "name": "bash",
            "version": "5.2",
            "purl": "pkg:deb/debian/bash@5.2?distro=debian-12",
            "locations": [{"path": "/var/lib/dpkg/status"}],
        },
        {"name": "mystery", "version": "1", "purl": ""},
    ],
    "distro": {"id": "debian", "versionID": "12"},
    "source": {"name": "app"},
    "schema": {"version": "16.0.0"},
}
SPDX_3 = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {"type": "software_Package", "name": "flask", "software_packageUrl": "pkg:pypi/flask@3.0"},
        {"type": "software_Package", "name": "image", "software_primaryPurpose": "container"},
        {"type": "software_Package", "name": "unnamed"},
    ],
}
CYCLONEDX: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "components": [
        {
            "type": "library",
            "name": "outer",
            "purl": "pkg:npm/outer@1.0.0",
            "evidence": {"occurrences": [{"location": "app/package.json"}]},
            "components": [{"type": "library", "name": "inner", "purl": "pkg:npm/inner@2.0.0"}],
        },
        {"type": "operating-system", "name": "debian"},
        {"type": "library", "name": "nameless", "version": "3"},
    ],
}
XML = """<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6">
<metadata><component type="container"><name>app</name></component></metadata>
<components><component type="library"><name>flask</name><version>3.0</version>
<purl>pkg:pypi/flask@3.0</purl></component></components></bom>"""


def read(document: object) -> ReadSbom:
    return read_sbom(json.dumps(document).encode())


def named(sbom: ReadSbom) -> list[tuple[str, str, str]]:
    return [(one.package.name, one.package.version, one.path) for one in sbom.declared]


def test_syft_json() -> None:
    sbom = read(SYFT)
    assert (sbom.format, sbom.system, sbom.name) == ("syft", "debian-12", "app")
    assert named(sbom) == [("bash", "5.2", "var/lib/dpkg/status")]
    assert sbom.unnamed == ("mystery 1",)


def test_cyclonedx_with_components_in_components() -> None:
    sbom = read(CYCLONEDX)
    assert named(sbom) == [("outer", "1.0.0", "app/package.json"), ("inner", "2.0.0", "")]
    assert sbom.unnamed == ("nameless 3",)


def test_cyclonedx_xml() -> None:
    sbom = read_sbom(XML.encode())
    assert (sbom.format, sbom.name, sbom.unnamed) == ("cyclonedx", "app", ())
    assert named(sbom) == [("flask", "3.0", "")]


def test_spdx_3() -> None:
    sbom = read(SPDX_3)
    assert named(sbom) == [("flask", "3.0", "")]
    assert sbom.unnamed == ("unnamed",)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"<html/>",
        b"<bom",
        b'<!DOCTYPE bom [<!ENTITY a "aaaa">]><bom xmlns="http://cyclonedx.org/schema/bom/1.6">&a;</bom>',
        b"[" * 100_000,
        b'{"bomFormat":"CycloneDX","components":[1]}',
        b'{"bomFormat":"CycloneDX","bomFormat":"x"}',
        b"\xff\xfe<\0b\0",
    ],
)
def test_what_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(LadingError):
        read_sbom(content)


@pytest.mark.parametrize(
    "document",
    [
        {"bomFormat": "CycloneDX", "components": {"a": 1}},
        {"spdxVersion": "SPDX-2.3", "packages": [None, 3, {"externalRefs": 7, "name": ["x"]}]},
        {"artifacts": [None, {"purl": 3, "locations": [1]}], "schema": 1, "distro": []},
        {"@context": ["https://spdx.org/x"], "@graph": [None, {"type": ["x"]}]},
        {"bomFormat": "CycloneDX", "components": [{"purl": "pkg:npm/x"}]},
    ],
)
def test_odd_types_declare_nothing(document: object) -> None:
    assert read(document).declared == ()


def test_examples_of_the_specifications_are_read(shared_data: Path) -> None:
    counts = {}
    for path in sorted((shared_data / "sbom").rglob("*")):
        if path.suffix in {".json", ".xml"} and "invalid" not in path.name:
            with contextlib.suppress(LadingError):  # tag-value and lists of vulnerabilities are among them
                counts[path.name] = len(read_sbom(path.read_bytes()).declared)
    assert counts["valid-bom-1.6.json"] == 3
    assert counts["valid-bom-1.6.xml"] == 4
    assert sum(counts.values()) > 30
