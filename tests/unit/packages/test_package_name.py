import pytest

from lading.packages.package import Package
from lading.packages.package_name import NameKind, PackageName, comparable_name, names_of
from lading.packages.release import release_of


@pytest.mark.parametrize(
    ("distro", "release"),
    [
        ("debian-12", "debian-12"),
        ("debian", "debian"),
        ("alpine-3.19.1", "alpine-3.19"),
        ("alpine-v3.19", "alpine-3.19"),
        ("alpine-3.21.0_alpha20240807", "alpine-edge"),
        ("ubuntu-22.04", "ubuntu-22.04"),
        ("almalinux-9.4", "almalinux-9"),
        ("rhel-8.10", "rhel-8"),
        ("wolfi-20230201", "wolfi"),
        ("opensuse-leap-15.5", "opensuse-leap-15.5"),
        ("opensuse-tumbleweed-20240101", "opensuse-tumbleweed"),
        ("mariner-2.0.20230126", "mariner-2.0"),
        ("Something-Else", "something-else"),
        ("", ""),
    ],
)
def test_a_release_is_as_coarse_as_its_advisories(distro: str, release: str) -> None:
    assert release_of(distro) == release


def test_a_package_of_a_distribution_is_spoken_of_by_its_source_and_by_itself() -> None:
    package = Package("deb", "debian", "libssl3", "3.0.11-1", "amd64", "debian-12", "openssl", "3.0.11-1")
    assert names_of(package) == (
        PackageName("deb", "", "openssl", "debian-12", NameKind.SOURCE),
        PackageName("deb", "", "libssl3", "debian-12", NameKind.BINARY),
    )


def test_a_package_of_a_language_has_one_name() -> None:
    assert names_of(Package("npm", "@babel", "core", "7")) == (
        PackageName("npm", "@babel", "core", "", NameKind.SOURCE),
    )


@pytest.mark.parametrize(
    ("package_type", "one", "other"),
    [
        ("pypi", "Flask_SQLAlchemy", "flask-sqlalchemy"),
        ("pypi", "zope.interface", "zope-interface"),
        ("nuget", "Newtonsoft.Json", "newtonsoft.json"),
        ("composer", "Symfony", "symfony"),
        ("golang", "BurntSushi", "burntsushi"),
        ("cargo", "tokio_util", "tokio-util"),
    ],
)
def test_spellings_of_one_package_are_equal(package_type: str, one: str, other: str) -> None:
    assert comparable_name(package_type, "", one, "") == comparable_name(package_type, "", other, "")


def test_names_that_mind_their_case_stay_apart() -> None:
    assert comparable_name("npm", "", "JSONStream", "") != comparable_name("npm", "", "jsonstream", "")
