"""Bills of materials against the official schemas and the validators of the formats' own projects."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lading.oci.config import ImageConfig, parse_config
from lading.oci.digest import Digest
from lading.packages.package import Package
from lading.sbom import cyclonedx, spdx
from lading.sbom.document import Doubt, Occurrence, Sbom, System, make_sbom
from tests.unit.sbom.test_document import document

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

LETTERS = st.characters(codec="utf-8")
TEXT = st.text(LETTERS, max_size=12)
NAME = st.text(LETTERS, min_size=1, max_size=12).filter(str.strip)
PACKAGES = st.builds(
    Package,
    type=st.sampled_from(["deb", "apk", "rpm", "pypi", "npm"]),
    namespace=st.sampled_from(["", "@scope", "debian"]),
    name=NAME,
    version=NAME,
    arch=st.sampled_from(["", "amd64"]),
    distro=st.sampled_from(["", "debian-12"]),
    source_name=TEXT,
    source_version=TEXT,
    licenses=st.lists(
        st.one_of(st.sampled_from(["MIT", "GPL-2.0+", "MIT OR LicenseRef-x", "BSD"]), NAME), max_size=3
    ).map(tuple),
)


def config() -> ImageConfig:
    diff_id = str(Digest.of(b"layer"))
    return parse_config(
        json.dumps({"os": "linux", "architecture": "arm64", "rootfs": {"diff_ids": [diff_id]}}).encode()
    )


@st.composite
def documents(draw: st.DrawFn) -> Sbom:
    packages = draw(st.lists(PACKAGES, max_size=4, unique=True))
    return make_sbom(
        draw(NAME),
        Digest.of(b"manifest"),
        config(),
        system=draw(st.sampled_from([None, System("debian", "12", "Debian"), System("arch", "", "Arch")])),
        installed=[(package, Occurrence(draw(NAME), 0)) for package in packages],
        doubts=[Doubt(0, "a", draw(NAME))] if draw(st.booleans()) else [],
    )


def refuse_cyclonedx(raw: bytes) -> None:
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415 - slow to load, and only needed here
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(raw.decode())
    assert error is None, error


def refuse_spdx(raw: bytes, tmp_path: Path) -> None:
    from spdx_tools.spdx.parser.parse_anything import parse_file  # noqa: PLC0415
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document  # noqa: PLC0415

    file = tmp_path / "document.spdx.json"
    file.write_bytes(raw)
    messages = validate_full_spdx_document(parse_file(str(file)), spdx_version="SPDX-2.3")
    assert not messages, [message.validation_message for message in messages]


def test_cyclonedx_is_valid() -> None:
    refuse_cyclonedx(cyclonedx.encode(document(), NOW))


def test_spdx_is_valid(tmp_path: Path) -> None:
    refuse_spdx(spdx.encode(document(), NOW), tmp_path)


@settings(max_examples=40, deadline=None)
@given(documents())
def test_cyclonedx_is_valid_whatever_packages_are_called(sbom: Sbom) -> None:
    refuse_cyclonedx(cyclonedx.encode(sbom, NOW))


@settings(max_examples=25, deadline=None)
@given(documents())
def test_spdx_is_valid_whatever_packages_are_called(
    tmp_path_factory: pytest.TempPathFactory, sbom: Sbom
) -> None:
    refuse_spdx(spdx.encode(sbom, NOW), tmp_path_factory.mktemp("spdx"))
