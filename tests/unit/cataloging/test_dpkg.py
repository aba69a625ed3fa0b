"""Debian's package database, whole and in pieces."""

import json
from pathlib import Path

from lading.cataloging.analysis import Unreadable
from lading.cataloging.catalogers.dpkg import parse_status
from lading.packages.package import Package
from tests.support.package_databases import STATUS


def parse(content: str | bytes, path: str = "var/lib/dpkg/status") -> list[Package | Unreadable]:
    return list(parse_status(path, content.encode() if isinstance(content, str) else content))


def test_packages_whose_files_are_there_count_with_their_sources() -> None:
    assert parse(STATUS) == [
        Package("deb", "", "bash", "5.2.15-2+b7", "amd64", source_name="bash", source_version="5.2.15-2"),
        Package(
            "deb",
            "",
            "libc6",
            "2.36-9",
            "amd64",
            source_name="glibc",
            source_version="2.36-9",
        ),
    ]


def test_a_record_of_distroless_has_no_status_and_counts() -> None:
    (found,) = parse("Package: tzdata\nVersion: 2024a-0\nArchitecture: all\n", "var/lib/dpkg/status.d/tzdata")
    assert found == Package(
        "deb", "", "tzdata", "2024a-0", "all", source_name="tzdata", source_version="2024a-0"
    )


def test_digests_beside_the_records_of_distroless_are_left_alone() -> None:
    assert parse("0123456789abcdef  usr/bin/env\n", "var/lib/dpkg/status.d/coreutils.md5sums") == []


def test_lines_may_end_as_on_windows() -> None:
    assert parse(STATUS.replace("\n", "\r\n")) == parse(STATUS)


def test_a_record_that_names_nothing_is_unreadable_and_hides_no_other() -> None:
    found = parse("Package: one\nVersion: 1\n\nPackage: no version\n\n\n\nPackage: two\nVersion: 2\n")
    assert [type(one) for one in found] == [Package, Unreadable, Package]
    assert isinstance(found[1], Unreadable)
    assert "record 2" in found[1].reason


def test_a_database_cut_in_a_line_is_not_taken_for_whole() -> None:
    found = parse("Package: one\nVersion: 1\n\nPackage: two\nVersion: 2.1")
    assert isinstance(found[-1], Unreadable)


def test_the_first_of_two_equal_fields_counts_as_for_dpkg_query() -> None:
    (found,) = parse("Package: a\nVersion: 1\nVersion: 2\n")
    assert isinstance(found, Package)
    assert found.version == "1"


def test_a_real_database_gives_what_others_found_in_it(shared_data: Path) -> None:
    folder = shared_data / "packages-db" / "dpkg"
    expected = json.loads((folder / "expected.json").read_text())["ubuntu-18.04/status"]["packages"]

    def version(epoch: int, version: str, release: str | None) -> str:
        return f"{epoch}:{version}" * bool(epoch) + version * (not epoch) + (f"-{release}" if release else "")

    wanted = {
        (
            one["name"],
            version(one["epoch"], one["version"], one["release"]),
            one["arch"],
            one["src_name"],
            version(one["src_epoch"], one["src_version"], one["src_release"]),
        )
        for one in expected
    }
    found = parse((folder / "ubuntu-18.04" / "status").read_bytes())
    assert {
        (one.name, one.version, one.arch, one.source_name, one.source_version)
        for one in found
        if isinstance(one, Package)
    } == wanted
    assert not [one for one in found if isinstance(one, Unreadable)]
