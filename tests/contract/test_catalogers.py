"""What every cataloger must do with content that is cut, hostile or empty.

Adding a cataloger means adding an honest file of its format to ``HONEST``.
"""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lading.cataloging import recorded_file
from lading.cataloging.all_catalogers import ALL_CATALOGERS
from lading.cataloging.analysis import Unreadable
from lading.cataloging.cataloger import HEAD_BYTES, Cataloger, Interests
from lading.packages.package import Package
from tests.support.elf_files import elf, go_program, native_image, rust_program
from tests.support.jars import SHOP
from tests.support.package_databases import INSTALLED, STATUS
from tests.support.package_files import PACKAGE_FILES
from tests.support.rpm_databases import bdb_database, header, ndb_database, sqlite_database

SHORT = (header("bash", "5.1.8", "9.el9", padding=300), header("zlib", "1.2.11", "40.el9", padding=200))

HONEST: dict[str, tuple[str, bytes]] = {
    "apk": ("lib/apk/db/installed", INSTALLED.encode()),
    "dpkg": ("var/lib/dpkg/status", STATUS.encode()),
    "go-binary": ("usr/bin/shop", go_program()),
    "java": ("srv/shop-1.0.jar", SHOP),
    "npm": ("app/node_modules/left-pad/package.json", b'{"name": "left-pad", "version": "1.3.0"}'),
    "python": ("lib/python3.12/site-packages/six-1.dist-info/METADATA", b"Name: six\nVersion: 1.16.0\n"),
    "rpm-bdb": ("var/lib/rpm/Packages", bdb_database(SHORT)),
    "rpm-ndb": ("usr/lib/sysimage/rpm/Packages.db", ndb_database(SHORT)),
    "rpm-sqlite": ("var/lib/rpm/rpmdb.sqlite", sqlite_database(SHORT)),
    "rust-binary": ("usr/bin/shop", rust_program()),
    "nix": ("nix/store/0c0hv7p8a4xi6n1wkq3cprgmd8ifwfkl-openssl-3.0.12-bin", b""),
    "program": ("opt/tools/bash", elf({".rodata": b"\0@(#)Bash version 4.3.0(1) release GNU\0"})),
    "native-image": (
        "opt/shop",
        native_image(b'{"components": [{"group": "a", "name": "b", "version": "1"}]}'),
    ),
    "language-runtime": ("opt/jdk/release", b'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_VERSION="17.0.9"\n'),
    "dpkg-copyright": ("usr/share/doc/bash/copyright", b"Format: x\n\nFiles: *\nLicense: GPL-3+\n"),
    "dpkg-files": ("var/lib/dpkg/info/bash.list", b"/.\n/bin\n/bin/bash\n/usr/share/doc\n"),
    **PACKAGE_FILES,
}

everybody = pytest.mark.parametrize("cataloger", ALL_CATALOGERS, ids=lambda cataloger: cataloger.name)


def parse(cataloger: Cataloger, content: bytes) -> list[Package | Unreadable]:
    """Read as the analyser would, and check what holds of everything that is found."""
    path = HONEST[cataloger.name][0]
    found = list(cataloger.parse(path, content))
    if cataloger.licenses is not None:
        statement = cataloger.licenses(path, content)
        assert statement is None or statement.licenses
    if cataloger.asks is not None:
        for asker in cataloger.asks(path, content):
            assert asker.type
            assert asker.name
            assert all(all(names) for names in asker.needs)
    for read in (cataloger.owns, cataloger.records):
        if read is not None:
            assert all(file.path and len(file.digest) <= recorded_file.SHORT for file in read(path, content))
    for one in found:
        if isinstance(one, Unreadable):
            assert one.cataloger == cataloger.name
            assert one.reason
        else:
            assert one.type
            assert one.name.strip() == one.name != ""
            assert one.version.strip() == one.version != ""
            assert not one.distro, "packages are placed when the image is known"
            "\0".join((one.namespace, one.name, one.version, one.arch, *one.licenses)).encode()
    return found


def test_names_are_unique_and_everyone_is_listed_here() -> None:
    assert sorted(HONEST) == sorted(cataloger.name for cataloger in ALL_CATALOGERS)


@everybody
def test_it_reads_its_own_format_where_it_says(cataloger: Cataloger) -> None:
    path, content = HONEST[cataloger.name]
    interests = Interests(ALL_CATALOGERS)
    in_tree = interests.in_tree(path)
    by_path = [*interests.of(path), *((in_tree[1],) if in_tree else ())]
    assert cataloger in (*by_path, *interests.by_content(content[:HEAD_BYTES], len(content)))
    found = parse(cataloger, content)
    owned = any(read is not None and any(read(path, content)) for read in (cataloger.owns, cataloger.records))
    assert found or owned or (cataloger.licenses and cataloger.licenses(path, content))
    assert all(isinstance(one, Package) for one in found)


@everybody
def test_an_empty_file_is_no_package(cataloger: Cataloger) -> None:
    if cataloger.trees:
        pytest.skip("it reads names and no content")
    assert not [one for one in parse(cataloger, b"") if isinstance(one, Package)]


@everybody
def test_a_file_cut_anywhere_brings_no_package_that_the_whole_has_not(cataloger: Cataloger) -> None:
    content = HONEST[cataloger.name][1]
    names = {one.name for one in parse(cataloger, content) if isinstance(one, Package)}
    for cut in range(0, len(content), max(1, len(content) // 400)):
        for one in parse(cataloger, content[:cut]):
            if isinstance(one, Package):
                assert any(name.startswith(one.name) for name in names)


@everybody
@pytest.mark.parametrize(
    "content",
    [
        bytes(100_000),
        b"\xff\xfe" * 50_000,
        b"\n" * 100_000,
        b": " * 50_000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"a" * 1_000_000,
        "\ud83d\udca3".encode("utf-16", "surrogatepass") * 1000,
        random.Random(11).randbytes(100_000),
        b"\x7fELF" + bytes(5000),
        b"PK\x03\x04" + bytes(5000),
        b"SQLite format 3\0" + bytes(5000),
    ],
    ids=["zeros", "no text", "line ends", "colons", "depth", "keys", "one line", "surrogates", "noise", "ELF",
         "zip", "SQLite"],
)  # fmt: skip
def test_hostile_content_is_no_package_and_no_error(cataloger: Cataloger, content: bytes) -> None:
    if cataloger.trees or cataloger.name == "homebrew":
        pytest.skip("the path alone says which package it is")
    assert not [one for one in parse(cataloger, content) if isinstance(one, Package)]


@everybody
@settings(max_examples=60)
@given(data=st.data())
def test_damage_is_never_an_error(cataloger: Cataloger, data: st.DataObject) -> None:
    content = HONEST[cataloger.name][1] or b"-"
    at = data.draw(st.integers(0, len(content) - 1))
    noise = data.draw(st.binary(max_size=20))
    parse(cataloger, content[:at] + noise + content[at + data.draw(st.integers(0, 20)) :])
