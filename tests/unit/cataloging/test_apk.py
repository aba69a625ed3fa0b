"""Alpine's database of installed packages."""

from lading.cataloging.analysis import Unreadable
from lading.cataloging.catalogers.apk import parse_installed
from lading.packages.package import Package
from tests.support.package_databases import INSTALLED


def test_packages_carry_their_origin_and_licence() -> None:
    assert list(parse_installed("lib/apk/db/installed", INSTALLED.encode())) == [
        Package(
            "apk",
            "",
            "libcrypto3",
            "3.1.4-r5",
            "x86_64",
            source_name="openssl",
            source_version="3.1.4-r5",
            licenses=("Apache-2.0",),
        ),
        Package(
            "apk",
            "",
            "musl",
            "1.2.4-r2",
            "x86_64",
            source_name="musl",
            source_version="1.2.4-r2",
            licenses=("MIT",),
        ),
    ]


def test_a_record_without_a_version_is_unreadable_and_hides_no_other() -> None:
    found = list(parse_installed("lib/apk/db/installed", b"P:one\nV:1\n\nP:broken\n\nP:two\nV:2\n\n"))
    assert [type(one) for one in found] == [Package, Unreadable, Package]


def test_a_database_cut_in_a_line_is_not_taken_for_whole() -> None:
    found = list(parse_installed("lib/apk/db/installed", b"P:one\nV:1\n\nP:two\nV:2."))
    assert isinstance(found[-1], Unreadable)
