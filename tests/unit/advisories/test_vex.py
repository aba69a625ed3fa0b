"""VEX: products brought into one form, and documents of three formats."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lading.advisories.all_vex_formats import ALL_VEX_FORMATS, parse_vex
from lading.advisories.vex import (
    ImageProduct,
    PackageProduct,
    VexStatement,
    VexStatus,
    parse_product,
    strongest,
)
from lading.advisories.vex_format import VexFormat, write_product
from lading.foundation.errors import LadingError, Malformed
from lading.packages.package import Package
from tests.support.feed_documents import SHARED

DIGEST = "sha256:" + "1" * 64
LIBSSL = Package(
    "deb", "debian", "libssl3", "3.0.11-1~deb12u1", "amd64", "debian-12", "openssl", "3.0.11-1~deb12u1"
)
CURL = Package("rpm", "redhat", "libcurl", "0:7.76.1-20.el9", "x86_64", "rhel-9.2", "curl", "7.76.1-20.el9")
LODASH = Package("npm", "@scope", "lodash", "4.17.20")


@pytest.mark.parametrize(
    ("text", "package", "covered"),
    [
        ("pkg:deb/debian/libssl3@3.0.11-1~deb12u1?arch=arm64&distro=debian-12", LIBSSL, True),
        ("pkg:deb/debian/libssl3@3.0.11-1%7Edeb12u1", LIBSSL, True),
        ("pkg:deb/debian/libssl3?distro=bookworm", LIBSSL, True),
        ("pkg:deb/debian/libssl3?distro=debian-13", LIBSSL, False),
        ("pkg:deb/debian/libssl3@3.0.12", LIBSSL, False),
        ("pkg:deb/debian/openssl?arch=source", LIBSSL, True),
        ("pkg:deb/debian/openssl", LIBSSL, True),
        ("pkg:apk/alpine/libssl3", LIBSSL, False),
        ("pkg:rpm/redhat/libcurl@7.76.1-20.el9?arch=x86_64&epoch=0", CURL, True),
        ("pkg:npm/%40scope/lodash", LODASH, True),
        ("pkg:npm/lodash", LODASH, False),
        ("urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:npm/%2540scope/lodash@4.17.20", LODASH, True),
    ],
)
def test_makers_write_packages_in_many_ways(text: str, package: Package, covered: bool) -> None:
    product = parse_product(text)
    assert isinstance(product, PackageProduct)
    assert product.covers(package) is covered


@pytest.mark.parametrize(
    ("text", "place", "covered"),
    [
        (f"pkg:oci/debian@{DIGEST.replace(':', '%3A')}?repository_url=index.docker.io/library", "x:1", True),
        (DIGEST, "x:1", True),
        (f"ghcr.io/acme/app@{DIGEST}", "x:1", True),
        ("pkg:oci/debian@sha256%3A" + "2" * 64, "library/debian:12", False),
        ("pkg:oci/debian?repository_url=index.docker.io/library/debian", "mirror/library/debian:12", True),
        ("pkg:oci/debian?repository_url=index.docker.io/library/debian", "team/mydebian:12", False),
        ("pkg:oci/app?repository_url=ghcr.io/acme/app&tag=v1", "acme/app:v1", True),
        ("pkg:oci/app?repository_url=ghcr.io/acme/app&tag=v1", "acme/app:v2", False),
    ],
)
def test_images_are_known_by_digest_or_repository_wherever_they_lie(
    text: str, place: str, covered: bool
) -> None:
    product = parse_product(text)
    assert isinstance(product, ImageProduct)
    assert product.covers([DIGEST], [place]) is covered


@pytest.mark.parametrize(
    "text", ["", "bash", "pkg:", "cpe:2.3:a:x:y:1:*:*:*:*:*:*:*", "x" * 5000, "sha256:12"]
)
def test_what_names_nothing_here_is_no_product(text: str) -> None:
    assert parse_product(text) is None


@given(some.text(max_size=200))
def test_no_text_makes_reading_a_product_fail(text: str) -> None:
    parse_product(text)
    parse_product(f"pkg:{text}")


def statement(**members: object) -> VexStatement:
    fields = {
        "id": "own:1",
        "source": "own",
        "document": "own",
        "author": "ann",
        "at": "2026-01-01T00:00:00Z",
        "flaws": ("CVE-2023-1",),
        "status": VexStatus.NOT_AFFECTED,
        "packages": (PackageProduct("deb", "debian", "libssl3", "3.0.11-1~deb12u1", "debian-12"),),
        "justification": "vulnerable_code_not_present",
        "impact": "the code is not compiled in",
    }
    return VexStatement(**{**fields, **members})  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ALL_VEX_FORMATS, ids=lambda form: form.name)
@pytest.mark.parametrize("status", VexStatus)
def test_what_is_written_is_read_back(form: VexFormat, status: VexStatus) -> None:
    said = statement(status=status)
    kind, (read,) = parse_vex(form.encode("urn:x:1", "ann", "2026-01-01T00:00:00Z", [said]), "document")
    assert kind is form
    assert (read.flaws, read.status, read.packages) == (said.flaws, said.status, said.packages)
    assert read.justification == "vulnerable_code_not_present"
    assert read.covers_package(LIBSSL)


def test_a_statement_about_a_part_of_an_image_is_about_that_part_in_it() -> None:
    content = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "x",
        "statements": [
            {
                "vulnerability": {"name": "CVE-1"},
                "products": [{"@id": "pkg:oci/debian", "subcomponents": [{"@id": "pkg:deb/debian/libssl3"}]}],
                "status": "not_affected",
            },
            {
                "vulnerability": {"name": "CVE-1"},
                "products": [{"@id": "pkg:golang/a/b", "subcomponents": [{"@id": "pkg:golang/a/c"}]}],
                "status": "not_affected",
            },
        ],
    }
    _, (read,) = parse_vex(json.dumps(content).encode(), "document")
    assert read.covers_package(LIBSSL)
    assert read.covers_image([], ["library/debian:12"])
    assert not read.covers_image([], ["team/app:1"])


def test_our_own_word_counts_before_that_of_others_and_the_newest_of_equals() -> None:
    old, new = statement(source="file", at="2024"), statement(source="file", at="2025", id="b")
    own = statement(at="2020", id="c")
    assert strongest([old, new]) == new
    assert strongest([new, own]) == own
    assert strongest([]) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"@context": "https://openvex.dev/ns", "statements": 7}',
        b'{"@context": "https://openvex.dev/ns", "statements": [{"status": "maybe"}]}',
        b'{"bomFormat": "CycloneDX", "vulnerabilities": [7]}',
        b'{"document": {"csaf_version": "2.0"}, "vulnerabilities": {}}',
        b'{"a": ' * 500,
    ],
)
def test_what_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(LadingError):
        parse_vex(content, "document")


def test_real_documents_of_makers_are_read() -> None:
    folder = SHARED.parent / "vex"
    if not folder.exists():
        pytest.skip(f"no real documents at {folder}")
    read: dict[str, int] = {}
    for file in sorted(folder.rglob("*.json")):
        if file.name in ("index.json", "vex-repository.json", "unknown.json"):
            with pytest.raises(Malformed):
                parse_vex(file.read_bytes(), file.name)
            continue
        form, statements = parse_vex(file.read_bytes(), file.name)
        read[form.name] = read.get(form.name, 0) + len(statements)
        for each in statements:
            products: list[PackageProduct | ImageProduct] = [*each.packages, *each.images]
            assert [parse_product(write_product(product)) for product in products] == products, file
    assert read["openvex"] >= 20
    assert read["csaf"] >= 2
    assert read["cyclonedx"] == 2


def test_ubuntus_own_vex_clears_packages_by_their_source() -> None:
    file = SHARED / "format-samples" / "ubuntu" / "vex" / "cve" / "2023" / "CVE-2023-38545.json"
    if not Path(file).exists():
        pytest.skip(f"no real document at {file}")
    _, statements = parse_vex(file.read_bytes(), file.name)
    curl = Package(
        "deb", "ubuntu", "libcurl4", "8.5.0-2ubuntu10", "amd64", "ubuntu-24.04", "curl", "8.5.0-2ubuntu10"
    )
    about = [each for each in statements if each.covers_package(curl)]
    assert "CVE-2023-38545" in {flaw for each in statements for flaw in each.flaws}
    assert all(isinstance(each, VexStatement) for each in about)
