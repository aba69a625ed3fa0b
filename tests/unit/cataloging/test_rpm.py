"""rpm's three databases."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lading.cataloging.analysis import Unreadable
from lading.cataloging.cataloger import Cataloger
from lading.cataloging.catalogers import rpm_bdb, rpm_ndb, rpm_sqlite
from lading.cataloging.rpm_header import NoHeader, parse_header
from lading.packages.package import Package
from tests.support.rpm_databases import HEADERS, bdb_database, header, ndb_database, sqlite_database

CATALOGERS = {"sqlite": rpm_sqlite.CATALOGER, "ndb": rpm_ndb.CATALOGER, "bdb": rpm_bdb.CATALOGER}
WRITERS: dict[str, Callable[[], bytes]] = {
    "sqlite": sqlite_database,
    "ndb": ndb_database,
    "bdb": bdb_database,
}
every_format = pytest.mark.parametrize("form", sorted(CATALOGERS))

PACKAGES = [
    Package("rpm", "", "bash", "5.1.8-9.el9", "x86_64", "", "bash", "5.1.8-9.el9", ("MIT",)),
    Package("rpm", "", "openssl-libs", "1:3.0.7-27.el9", "x86_64", "", "openssl", "1:3.0.7-27.el9", ("MIT",)),
    Package("rpm", "", "filesystem", "3.16-2.el9", "noarch", "", "filesystem", "3.16-2.el9", ("MIT",)),
]


def parse(form: str, content: bytes) -> list[Package | Unreadable]:
    cataloger: Cataloger = CATALOGERS[form]
    return list(cataloger.parse(cataloger.reads[0], content))


@every_format
def test_packages_are_read_and_keys_are_none(form: str) -> None:
    assert parse(form, WRITERS[form]()) == PACKAGES


@every_format
def test_an_empty_file_is_an_empty_database(form: str) -> None:
    assert parse(form, b"") == []


@every_format
def test_a_database_cut_at_every_4_kib_reports_what_is_missing(form: str) -> None:
    content = WRITERS[form]()
    for cut in range(4096, len(content) - 1, 4096):
        found = parse(form, content[:cut])
        assert [one for one in found if isinstance(one, Unreadable)], cut
        assert {one for one in found if isinstance(one, Package)} <= set(PACKAGES)


@every_format
def test_damage_to_one_header_hides_no_other(form: str) -> None:
    damaged = WRITERS[form]().replace(b"openssl-libs\0", b"openssl\x01libs\0")
    found = parse(form, damaged)
    assert [one.name for one in found if isinstance(one, Package)] == ["bash", "filesystem"]
    assert len([one for one in found if isinstance(one, Unreadable)]) == 1


@every_format
def test_pages_that_go_round_end(form: str) -> None:
    content = bytearray(WRITERS[form]())
    for at in range(4096, len(content), 4):
        if content[at : at + 4] != b"\0\0\0\0":
            changed = content.copy()
            changed[at : at + 4] = b"\0\0\0\x02" if form == "sqlite" else b"\x02\0\0\0"
            parse(form, bytes(changed))
        if at > 4096 + 400:
            break


@pytest.mark.parametrize("page_bytes", [512, 1024, 65536])
def test_sqlite_pages_of_every_size_are_read(page_bytes: int) -> None:
    many = tuple(header(f"p{number:03}", "1", "1", padding=number * 40) for number in range(300))
    found = parse("sqlite", sqlite_database(many, page_bytes))
    assert [one.name for one in found if isinstance(one, Package)] == [
        f"p{number:03}" for number in range(300)
    ]


def test_a_database_of_another_program_is_reported() -> None:
    for form in CATALOGERS:
        (doubt,) = parse(form, b"something else entirely" * 500)
        assert isinstance(doubt, Unreadable)


def test_a_berkeley_db_of_the_other_byte_order_is_reported() -> None:
    content = bytearray(bdb_database())
    content[12:16], content[20:24] = content[12:16][::-1], content[20:24][::-1]
    (doubt,) = parse("bdb", bytes(content))
    assert isinstance(doubt, Unreadable)
    assert "byte order" in doubt.reason


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\0" * 8,
        b"\xff" * 64,
        HEADERS[0][:40],
        header("", "1", "1"),
        header("a", "", "1"),
        header("a\n", "1", "1"),
    ],
)
def test_a_blob_that_is_no_header_says_why(blob: bytes) -> None:
    assert isinstance(parse_header(blob), NoHeader)


def test_real_databases_give_what_others_found_in_them(shared_data: Path) -> None:
    folder = shared_data / "packages-db" / "rpm"
    expected = json.loads((folder / "expected.json").read_text())
    assert len(expected) >= 4
    for name, known in expected.items():
        raw = (folder / name).read_bytes()
        found = parse(name.partition("/")[0], gzip.decompress(raw) if name.endswith(".gz") else raw)
        wanted = {
            (one["name"], f"{one['epoch']}:" * bool(one["epoch"]) + f"{one['version']}-{one['release']}")
            for one in known["packages"]
            if one["name"] != "gpg-pubkey"
        }
        assert {(one.name, one.version) for one in found if isinstance(one, Package)} == wanted
        assert len(found) == len(wanted)
