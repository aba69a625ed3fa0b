"""Package files that were made to hurt whoever reads them."""

import copy
import gzip
import io
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from lading.cataloging import layer_bindings
from lading.cataloging.all_catalogers import ALL_CATALOGERS
from lading.cataloging.analysis import Unreadable
from lading.cataloging.asking import Scope
from lading.cataloging.catalogers import dpkg, rpm_bdb, rpm_ndb, rpm_sqlite
from lading.cataloging.catalogers.java import MAX_UNPACKED, iter_asks, parse_archive
from lading.cataloging.documents import MAX_DOCUMENT
from lading.cataloging.layer_bindings import MAX_ASKED, BindingsReader
from lading.packages.package import Package
from tests.contract.test_catalogers import HONEST
from tests.faults.fuzz_parsers import fuzz, read_damaged

MEBIBYTE = 1 << 20
CATALOGERS = {cataloger.name: cataloger for cataloger in ALL_CATALOGERS}


def test_damaged_files_of_every_format_are_read_in_bounded_time_without_an_error() -> None:
    assert fuzz(3.0, seed=20261126) > len(ALL_CATALOGERS)


@pytest.mark.parametrize("name", [one.name for one in ALL_CATALOGERS if one.recognises], ids=str)
def test_damaged_programs_are_read_without_an_error(name: str) -> None:
    for seed in range(150):
        read_damaged(CATALOGERS[name], seed)


def nested_bomb(depth: int) -> bytes:
    """A jar in a jar and so on, around zeros that take a thousandth of their size."""
    content, name = bytes(24 * MEBIBYTE), "zeros.jar"
    for _ in range(depth):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for copy in range(2):
                archive.writestr(f"{copy}-{name}", content)
        content = packed.getvalue()
    return content


def test_bombs_in_jars_in_jars_are_reported_in_bounded_memory() -> None:
    content = nested_bomb(3)
    tracemalloc.start()
    found = list(parse_archive("app/bomb.jar", content))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert any(isinstance(one, Unreadable) for one in found)
    assert peak < MAX_UNPACKED // 2


def overlapping_jar(entries: int) -> bytes:
    """A jar whose every entry is the same jar: the directory names one place again and again."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(8 * MEBIBYTE))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0000000.jar", inner.getvalue())
        (entry,) = archive.infolist()
        archive.filelist += [copy.copy(entry) for _ in range(entries - 1)]
    return packed.getvalue()


def test_a_jar_whose_entries_overlap_is_followed_a_bounded_number_of_times() -> None:
    content = overlapping_jar(60_000)
    began = time.process_time()
    found = list(parse_archive("app/overlapping.jar", content))
    needs = list(iter_asks("app/overlapping.jar", content))
    assert any(isinstance(one, Unreadable) and "too many" in one.reason for one in found)
    assert needs == []
    assert time.process_time() - began < 60


def test_a_package_that_asks_for_more_names_than_anybody_counts_is_left_without_needs() -> None:
    """Its packages are there all the same: only what they need is not known."""
    record = b"Package: a\nVersion: 1\nDepends: " + b"b, " * (MAX_ASKED + 1) + b"b\n\n"
    assert len(list(dpkg.parse_status("var/lib/dpkg/status", record))) == 1
    reader = BindingsReader()
    reader.add_asked("var/lib/dpkg/status", Scope.SYSTEM, dpkg.iter_asks("var/lib/dpkg/status", record))
    bindings = layer_bindings.decode(reader.freeze())
    assert not bindings.asked
    assert "more than" in bindings.refused["var/lib/dpkg/status"]


@pytest.mark.parametrize("name", ["npm-lock", "composer-lock", "dotnet-deps", "conda", "bitnami"])
def test_json_that_is_too_large_is_reported_before_it_is_decoded(name: str) -> None:
    content = b"[" + b" " * MAX_DOCUMENT + b"]"
    (doubt,) = CATALOGERS[name].parse(HONEST[name][0], content)
    assert isinstance(doubt, Unreadable)
    assert "too many" in doubt.reason


@pytest.mark.parametrize("name", ["pnpm-lock", "yarn-lock", "pub-lock", "snap", "helm"])
def test_yaml_that_is_nested_without_end_is_reported(name: str) -> None:
    deep = "".join(f"{' ' * level}a:\n" for level in range(2_000)) + f"{' ' * 2_000}b: c\n"
    content = b"__metadata:\n  version: 6\n" + deep.encode()
    assert not [one for one in CATALOGERS[name].parse(HONEST[name][0], content) if isinstance(one, Package)]


@pytest.mark.parametrize("name", ["flatpak", "pom"])
def test_xml_that_declares_entities_is_refused(name: str) -> None:
    lines = [f'<!ENTITY e{one} "{f"&e{one - 1};" * 10}">' for one in range(1, 10)]
    content = f'<!DOCTYPE x [<!ENTITY e0 "ha">{"".join(lines)}]><x>&e9;</x>'.encode()
    (doubt,) = CATALOGERS[name].parse(HONEST[name][0], content)
    assert isinstance(doubt, Unreadable)


def test_databases_of_rpm_cut_at_every_page_keep_what_is_whole_and_report_the_rest(shared_data: Path) -> None:
    folder = shared_data / "packages-db/rpm"
    databases = {
        "sqlite": rpm_sqlite.parse_database,
        "ndb": rpm_ndb.parse_packages,
        "bdb": rpm_bdb.parse_packages,
    }
    for kind, parse in databases.items():
        for path in sorted((folder / kind).rglob("*")):
            if not path.is_file():
                continue
            content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            whole = [one for one in parse("db", content) if isinstance(one, Package)]
            for cut in range(4096, len(content), max(4096, len(content) // 100 // 4096 * 4096)):
                found = list(parse("db", content[:cut]))
                kept = [one for one in found if isinstance(one, Package)]
                assert set(kept) <= set(whole)
                assert len(kept) == len(whole) or any(isinstance(one, Unreadable) for one in found), (
                    path,
                    cut,
                )
