"""What programs say of themselves: Go's build information, cargo-auditable's list of crates."""

import io
import json
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lading.cataloging.analysis import Unreadable
from lading.cataloging.catalogers import go_binary, rust_binary
from lading.cataloging.layer import Analyser
from lading.oci.digest import Digest
from lading.packages.package import Package
from tests.support.elf_files import CRATES, elf, go_program, old_go_program, rust_program
from tests.support.layers import layer_of

GO = [
    Package("golang", "", "stdlib", "1.22.3"),
    Package("golang", "example.org", "shop", "(devel)"),
    Package("golang", "golang.org/x", "text", "v0.3.7"),
    Package("golang", "github.com/fork", "net", "v0.1.1"),
]


def go(content: bytes) -> list[Package | Unreadable]:
    return list(go_binary.parse_program("usr/bin/shop", content))


def rust(content: bytes) -> list[Package | Unreadable]:
    return list(rust_binary.parse_program("usr/bin/shop", content))


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("named", [True, False])
def test_go_modules_are_found_also_where_sections_have_no_names(*, wide: bool, named: bool) -> None:
    assert go(go_program(wide=wide, named=named)) == GO


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
def test_go_programs_from_before_1_18_are_read_through_their_pointers(*, wide: bool, order: str) -> None:
    found = go(old_go_program(wide=wide, order=order))
    assert found == [Package("golang", "", "stdlib", "1.17.1"), *GO[1:]]


def test_a_go_program_without_modules_has_its_standard_library() -> None:
    assert go(go_program("go1.19.8", "")) == [Package("golang", "", "stdlib", "1.19.8")]
    assert go(go_program("go1.25rc1 X:experiment", "")) == [Package("golang", "", "stdlib", "1.25rc1")]


def test_a_go_program_that_was_built_outside_of_modules_is_named_by_its_package() -> None:
    built = go(go_program("go1.22.3", "path\texample.org/net/plugins/bridge\nbuild\t-compiler=gc\n"))
    assert built[1:] == [Package("golang", "example.org/net/plugins", "bridge", "(devel)")]
    assert go(go_program("go1.22.3", "path\tcommand-line-arguments\n"))[1:] == []
    named = "path\texample.org/shop/cmd\nmod\texample.org/shop\tv1.2.0\th1:x=\n"
    assert go(go_program("go1.22.3", named))[1:] == [Package("golang", "example.org", "shop", "v1.2.0")]


def test_go_information_that_is_cut_is_reported() -> None:
    info = b"\xff Go buildinf:" + bytes((0, 2)) + bytes(16) + b"\xff\x7fgo1.22"
    (doubt,) = go(elf({".go.buildinfo": info}))
    assert isinstance(doubt, Unreadable)


def test_go_pointers_to_nowhere_are_reported() -> None:
    info = b"\xff Go buildinf:" + bytes((8, 0)) + struct.pack("<QQ", 1 << 60, 0)
    (doubt,) = go(elf({".go.buildinfo": info}))
    assert isinstance(doubt, Unreadable)


def test_programs_of_others_say_nothing() -> None:
    assert go(elf({".text": bytes(100)})) == []
    assert rust(elf({".text": bytes(100)})) == []


def test_a_program_is_recognised_by_its_head() -> None:
    small, large = 1 << 20, 1 << 30
    assert go_binary.recognises(b"\x7fELF", small)
    assert not go_binary.recognises(b"\x7fELF", large)
    assert go_binary.recognises(b"\x7fELF" + bytes(4000) + b"\x04\0\0\0Go\0\0", large)
    assert not go_binary.recognises(b"#!/bin/sh", small)
    assert rust_binary.recognises(b"\x7fELF", small)


def test_crates_that_were_only_needed_to_build_do_not_count() -> None:
    assert rust(rust_program()) == [
        Package("cargo", "", "serde_json", "1.0.135"),
        Package("cargo", "", "shop", "0.1.0"),
    ]


@pytest.mark.parametrize(
    "section",
    [zlib.compress(CRATES)[:-5], b"nonsense", zlib.compress(b"[]"), zlib.compress(b" " * (9 << 20) + CRATES)],
    ids=["cut", "not zlib", "no list", "a bomb"],
)
def test_a_list_of_crates_that_is_damaged_is_reported(section: bytes) -> None:
    (doubt,) = rust(elf({".dep-v0": section}))
    assert isinstance(doubt, Unreadable)


@given(st.data())
def test_headers_that_lie_are_never_an_error(data: st.DataObject) -> None:
    for content in (go_program(), old_go_program(wide=False), rust_program()):
        changed = bytearray(content)
        for _ in range(3):
            at = data.draw(st.integers(0, len(content) - 9))
            changed[at : at + 8] = data.draw(
                st.sampled_from([b"\xff" * 8, bytes(8), b"\x7f" * 8, b"\x01" * 8])
            )
        go(bytes(changed))
        rust(bytes(changed))


def test_real_programs_give_what_others_found_in_them(shared_data: Path) -> None:
    folder = shared_data / "packages-db" / "binaries"
    for name, known in json.loads((folder / "expected.json").read_text()).items():
        parse = go if name.startswith("go/") else rust
        found = parse((folder / name).read_bytes())
        assert {
            ("/".join(filter(None, (one.namespace, one.name))), one.version)
            for one in found
            if isinstance(one, Package)
        } == set(map(tuple, known["packages"]))


def test_a_program_that_is_too_large_to_be_read_is_reported_not_passed_over() -> None:
    program = rust_program()
    small = replace(rust_binary.CATALOGER, max_bytes=len(program) - 1)
    layer = layer_of({"usr/bin/shop": program})
    found = Analyser(catalogers=(small,)).analyse(Digest.of(layer), lambda: io.BytesIO(layer))
    assert [(doubt.path, doubt.cataloger) for doubt in found.unreadable] == [
        ("usr/bin/shop", rust_binary.CATALOGER.name)
    ]


@pytest.mark.parametrize("beginning", [b"MZ", b"\xcf\xfa\xed\xfe"], ids=["Windows", "macOS"])
def test_go_programs_of_other_systems_are_read(beginning: bytes) -> None:
    info = go_program().partition(b"\xff Go buildinf:")
    assert go(beginning.ljust(64, b"\0") + info[1] + info[2]) == GO


@pytest.mark.parametrize(
    ("flags", "version"),
    [
        ("-s -w -X example.org/shop/version.Version=1.4.2", "v1.4.2"),
        ("-X 'main.version=v1.4.2-rc.1'", "v1.4.2-rc.1"),
        ('"-X k8s.io/component-base/version.gitVersion=v1.28.3"', "v1.28.3"),
        ("-X example.org/other.Version=9.9.9", "(devel)"),
        ("-X main.commit=1.2.3", "(devel)"),
    ],
)
def test_a_program_has_the_version_that_the_build_hands_over(flags: str, version: str) -> None:
    found = go(go_program("go1.22.3", f"mod\texample.org/shop\t(devel)\t\nbuild\t-ldflags={flags}\n"))
    assert found == [GO[0], Package("golang", "example.org", "shop", version)]
