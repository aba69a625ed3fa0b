"""Bills of materials: the same content is the same document, and everything that is known is in it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import pytest

from lading.cataloging.analysis import ImageContents
from lading.cataloging.dependencies import Dependencies
from lading.oci.config import ImageConfig
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.packages.purl import parse_package_url
from lading.sbom import cyclonedx, spdx, spdx3
from lading.sbom.document import Occurrence, Sbom, make_sbom, timestamp
from lading.workflows.describe_image import describe_image
from tests.support.images import image_of
from tests.support.layers import LayerBuilder
from tests.support.package_databases import INSTALLED, STATUS

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
MANIFEST = Digest.of(b"manifest")

FORMATS = pytest.mark.parametrize("writer", [cyclonedx, spdx], ids=["CycloneDX", "SPDX"])


def image() -> tuple[ImageConfig, ImageContents]:
    return image_of(
        LayerBuilder()
        .file("usr/lib/os-release", 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n')
        .file("var/lib/dpkg/status", STATUS),
        LayerBuilder()
        .file("a/six-1.dist-info/METADATA", "Name: six\nVersion: 1\nLicense: MIT\n")
        .file("b/six-1.dist-info/METADATA", "Name: six\nVersion: 1\nLicense: MIT\n")
        .file(
            "app/node_modules/@babel/core/package.json",
            '{"name": "@babel/core", "version": "7.0.0", "licenses": [{"type": "MIT"}, {"type": "my own"}]}',
        )
        .file("lib/apk/db/installed", INSTALLED)
        .file("c/odd.dist-info/METADATA", "Name: odd\nVersion: 1\nLicense: MIT OR LicenseRef-Odd\n")
        .file("d/broken.dist-info/METADATA", "nothing"),
    )


def document(name: str = "registry.example.org/team/app") -> Sbom:
    config, contents = image()
    return describe_image(name, MANIFEST, config, contents, Dependencies())


def written(writer: ModuleType, sbom: Sbom | None = None) -> dict[str, Any]:
    return dict(json.loads(writer.encode(sbom or document(), NOW)))


@FORMATS
def test_the_same_content_at_the_same_time_is_the_same_bytes(writer: ModuleType) -> None:
    assert writer.encode(document(), NOW) == writer.encode(document(), NOW)


@FORMATS
def test_another_time_changes_the_time_only(writer: ModuleType) -> None:
    later = NOW + timedelta(days=1)
    first, second = writer.encode(document(), NOW), writer.encode(document(), later)
    assert first != second
    assert first.replace(timestamp(NOW).encode(), timestamp(later).encode()) == second


def test_another_content_has_another_identity() -> None:
    assert document().uuid == document().uuid
    assert document().uuid != document("another/name").uuid


def test_a_component_is_listed_once_with_all_places_and_its_first_layer() -> None:
    six = next(one for one in document().components if one.package.name == "six")
    assert [(place.path, place.layer) for place in six.occurrences] == [
        ("a/six-1.dist-info/METADATA", 1),
        ("b/six-1.dist-info/METADATA", 1),
    ]


def test_cyclonedx_names_system_packages_on_their_distribution() -> None:
    components = written(cyclonedx)["components"]
    (bash,) = [one for one in components if one["name"] == "bash"]
    package = parse_package_url(bash["purl"])
    assert package == Package(
        "deb",
        "debian",
        "bash",
        "5.2.15-2+b7",
        "amd64",
        "debian-12",
        source_name="bash",
        source_version="5.2.15-2",
    )
    assert {"name": "lading:layer", "value": "0"} in bash["properties"]
    assert bash["evidence"] == {"occurrences": [{"location": "var/lib/dpkg/status"}]}
    assert components[0]["type"] == "operating-system"


def test_licences_are_expressions_or_texts_and_never_invalid() -> None:
    by_name = {one["name"]: one for one in written(cyclonedx)["components"]}
    assert by_name["six"]["licenses"] == [{"license": {"id": "MIT"}}]
    assert by_name["core"]["licenses"] == [{"license": {"id": "MIT"}}, {"license": {"name": "my own"}}]
    assert by_name["core"]["group"] == "@babel"
    assert by_name["odd"]["licenses"] == [{"expression": "MIT OR LicenseRef-Odd"}]
    packages = {one["name"]: one for one in written(spdx)["packages"]}
    assert packages["six"]["licenseDeclared"] == "MIT"
    assert packages["@babel/core"]["licenseDeclared"].startswith("MIT AND LicenseRef-")
    texts = {one["licenseId"]: one["extractedText"] for one in written(spdx)["hasExtractedLicensingInfos"]}
    assert "my own" in texts.values()
    assert "LicenseRef-Odd" in texts


@FORMATS
def test_what_could_not_be_read_is_in_the_document(writer: ModuleType) -> None:
    raw = writer.encode(document(), NOW).decode()
    assert "d/broken.dist-info/METADATA" in raw


def test_a_document_with_doubts_says_that_it_is_incomplete() -> None:
    assert written(cyclonedx)["compositions"] == [{"aggregate": "incomplete", "assemblies": ["image"]}]
    config, contents = image_of(LayerBuilder().file("x"))
    clear = written(cyclonedx, describe_image("x", MANIFEST, config, contents, Dependencies()))
    assert clear["compositions"] == [{"aggregate": "unknown", "assemblies": ["image"]}]


def test_times_are_written_in_utc_and_need_a_zone() -> None:
    there = timezone(timedelta(hours=2))
    assert timestamp(datetime(2026, 1, 1, 1, 0, tzinfo=there)) == "2025-12-31T23:00:00Z"
    with pytest.raises(ValueError, match="zone"):
        timestamp(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


def with_needs() -> Sbom:
    packages = [Package("npm", "", name, "1.0") for name in ("app", "lib", "one", "two")]
    app, lib, one, two = packages
    return make_sbom(
        "team/app",
        MANIFEST,
        image()[0],
        system=None,
        installed=[(package, Occurrence(package.name, 0)) for package in packages],
        doubts=(),
        needs=[(app, lib), (one, two), (two, one)],
    )


def test_documents_say_which_components_need_which() -> None:
    sbom = with_needs()
    ids = {one.package.name: one.id for one in sbom.components}
    assert written(cyclonedx, sbom)["dependencies"] == [
        {"ref": "image", "dependsOn": [ids["app"], ids["one"], ids["two"]]},  # a circle hangs from nothing
        {"ref": ids["app"], "dependsOn": [ids["lib"]]},
        {"ref": ids["one"], "dependsOn": [ids["two"]]},
        {"ref": ids["two"], "dependsOn": [ids["one"]]},
    ]
    related = [
        each for each in written(spdx, sbom)["relationships"] if each["relationshipType"] == "DEPENDS_ON"
    ]
    assert {
        "spdxElementId": f"SPDXRef-{ids['app']}",
        "relationshipType": "DEPENDS_ON",
        "relatedSpdxElement": f"SPDXRef-{ids['lib']}",
    } in related
    assert len(related) == 3
    graph = [each for each in written(spdx3, sbom)["@graph"] if each.get("relationshipType") == "dependsOn"]
    assert [each["to"] for each in graph if each["from"].endswith(ids["app"])] == [
        [each["spdxId"] for each in written(spdx3, sbom)["@graph"] if each.get("name") == "lib"]
    ]


def test_other_needs_are_another_document() -> None:
    assert with_needs().uuid != replace(with_needs(), components=with_needs().components[1:]).uuid
    bare = replace(with_needs(), components=tuple(replace(one, needs=()) for one in with_needs().components))
    assert bare.uuid != with_needs().uuid
