"""Language packages that the distribution ships, in bills of materials."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from lading.cataloging.dependencies import Dependencies
from lading.oci.digest import Digest
from lading.sbom import cyclonedx, spdx, spdx3
from lading.sbom.document import Sbom
from lading.workflows.describe_image import describe_image
from tests.support.images import image_of
from tests.support.layers import LayerBuilder

METADATA = "usr/lib/python3/dist-packages/PyJWT-2.6.0.egg-info/PKG-INFO"


@pytest.mark.parametrize(
    ("encode", "said"),
    [
        (cyclonedx.encode, b"lading:ownedBy"),
        (spdx.encode, b"owned by deb/python3-jwt 2.6.0-1"),
        (spdx3.encode, b"owned by deb/python3-jwt 2.6.0-1"),
    ],
    ids=["cyclonedx", "spdx", "spdx3"],
)
def test_every_format_says_whose_a_package_is(encode: Callable[[Sbom, datetime], bytes], said: bytes) -> None:
    described = "Metadata-Version: 2.1\nName: PyJWT\nVersion: 2.6.0\n\n"
    digest = hashlib.md5(described.encode()).hexdigest()
    debian = (
        LayerBuilder()
        .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
        .file("var/lib/dpkg/status", "Package: python3-jwt\nVersion: 2.6.0-1\nSource: pyjwt\n\n")
        .file("var/lib/dpkg/info/python3-jwt.md5sums", f"{digest}  {METADATA}\n")
        .file(METADATA, described)
    )
    config, contents = image_of(debian)
    sbom = describe_image("team/app", Digest.of(b"manifest"), config, contents, Dependencies())
    written = encode(sbom, datetime(2026, 1, 1, tzinfo=UTC))
    assert said in written
    assert b"deb/python3-jwt 2.6.0-1" in written
    assert b"pkg:pypi/pyjwt@2.6.0" in written
