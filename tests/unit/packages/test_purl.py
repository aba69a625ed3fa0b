import pytest

from lading.foundation.errors import Malformed
from lading.packages.package import Package
from lading.packages.purl import package_url, parse_package_url

BASH = Package(
    type="deb",
    namespace="debian",
    name="bash",
    version="4.2+dfsg-0.1",
    arch="amd64",
    distro="debian-7",
)


def test_an_operating_system_package_names_its_architecture_and_release() -> None:
    assert package_url(BASH) == "pkg:deb/debian/bash@4.2%2Bdfsg-0.1?arch=amd64&distro=debian-7"


def test_the_source_is_named_as_upstream() -> None:
    libssl = Package(
        "deb",
        "debian",
        "libssl3",
        "3.0.11-1~deb12u2",
        source_name="openssl",
        source_version="3.0.11-1~deb12u2",
    )
    assert package_url(libssl).endswith("?upstream=openssl%403.0.11-1~deb12u2")


def test_a_source_without_its_own_version_is_named_alone() -> None:
    busybox = Package("apk", "alpine", "ssl_client", "1.36.1-r5", source_name="busybox")
    assert package_url(busybox) == "pkg:apk/alpine/ssl_client@1.36.1-r5?upstream=busybox"


def test_an_npm_scope_is_escaped() -> None:
    assert package_url(Package("npm", "@babel", "core", "7.0.0")) == "pkg:npm/%40babel/core@7.0.0"


def test_a_version_with_an_epoch_keeps_its_colon() -> None:
    assert package_url(Package("deb", "debian", "git", "1:2.39.2-1")) == "pkg:deb/debian/git@1:2.39.2-1"


@pytest.mark.parametrize(
    "package",
    [
        BASH,
        Package("npm", "@babel", "core", "7.0.0"),
        Package("golang", "github.com/gorilla", "mux", "v1.8.0"),
        Package("maven", "org.apache.logging.log4j", "log4j-core", "2.14.1"),
        Package("pypi", "", "jinja2", "3.1.2"),
        Package("deb", "debian", "libstdc++6", "12.2.0-14", "amd64", "debian-12", "gcc-12", "12.2.0-14"),
        Package("deb", "debian", "odd", "1", source_name="a@b", source_version="2:1@c"),
    ],
    ids=lambda package: package.name,
)
def test_what_is_named_can_be_read_back(package: Package) -> None:
    assert parse_package_url(package_url(package)) == package


def test_names_are_normalised_as_the_specification_says() -> None:
    assert parse_package_url("pkg:PYPI/Django_Allauth@1.11.1") == Package(
        "pypi", "", "django-allauth", "1.11.1"
    )


def test_unknown_qualifiers_and_the_subpath_are_dropped() -> None:
    named = parse_package_url("pkg:deb/debian/curl@7.50?arch=i386&repository_url=x#doc")
    assert named == Package("deb", "debian", "curl", "7.50", arch="i386")


@pytest.mark.parametrize(
    "text", ["", "bash", "pkg:", "pkg:deb", "http://deb/bash", "pkg:deb/a@1?x", "pkg:/deb//"]
)
def test_what_is_not_a_purl_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_package_url(text)
    assert caught.value.code == "purl-invalid"


def test_an_endless_purl_is_refused_unread() -> None:
    with pytest.raises(Malformed, match="5013 characters"):
        parse_package_url("pkg:deb/x@1?a" + "=" * 5000)


def test_a_package_without_a_name_has_no_purl() -> None:
    with pytest.raises(Malformed) as caught:
        package_url(Package("deb", "debian", "", "1"))
    assert caught.value.code == "purl-impossible"
