"""What programs ask of the dynamic linker: as real ones do, and as hostile ones would."""

import shutil
import struct
from pathlib import Path

import pytest

from lading.cataloging.elf import NotElf
from lading.cataloging.elf_dynamic import read_links
from lading.cataloging.layer_bindings import BindingsReader, LayerBindings, decode, encode
from lading.foundation.errors import Malformed
from tests.support.elf_files import dynamic_elf, elf

WHOLE = dynamic_elf(
    soname="libapp.so.1",
    needed=["libc.so.6", "libssl.so.3"],
    needs={"libc.so.6": ["GLIBC_2.34", "GLIBC_2.2.5"], "libssl.so.3": ["OPENSSL_3.0.0"]},
    offers=["APP_1", "APP_2"],
    runpath="$ORIGIN/../lib",
    interpreter="/lib64/ld-linux-x86-64.so.2",
)


def test_all_that_is_asked_for_and_offered_is_read() -> None:
    links = read_links(WHOLE)
    assert links is not None
    assert links.soname == "libapp.so.1"
    assert links.needed == ("libc.so.6", "libssl.so.3")
    assert dict(links.needs) == {
        "libc.so.6": ("GLIBC_2.2.5", "GLIBC_2.34"),
        "libssl.so.3": ("OPENSSL_3.0.0",),
    }
    assert links.offers == ("APP_1", "APP_2")
    assert links.search == "$ORIGIN/../lib"
    assert links.interpreter == "/lib64/ld-linux-x86-64.so.2"
    assert (links.machine, links.wide) == (62, True)


def test_a_file_without_a_dynamic_section_asks_for_nothing() -> None:
    assert read_links(elf({".data": b"x"})) is None


def test_every_cut_of_a_file_is_read_or_refused() -> None:
    for size in range(len(WHOLE)):
        try:
            read_links(WHOLE[:size])
        except NotElf:
            continue


def test_every_changed_byte_is_read_or_refused() -> None:
    for at in range(64, len(WHOLE)):
        changed = bytearray(WHOLE)
        changed[at] ^= 0xFF
        try:
            read_links(bytes(changed))
        except NotElf:
            continue


def test_a_table_that_claims_too_much_is_refused() -> None:
    with pytest.raises(NotElf, match="claims"):
        read_links(dynamic_elf(needs={"a": ["b"]}, claimed_needs=1 << 30))


def test_a_chain_of_versions_that_goes_round_ends() -> None:
    content = bytearray(dynamic_elf(needs={"a": ["b"]}, claimed_needs=4_000))
    at = content.find(struct.pack("<HHIII", 1, 1, 3, 16, 0))
    assert at > 0
    content[at : at + 16] = struct.pack("<HHIII", 1, 1, 3, 16, 0xFFFFFFF0)
    with pytest.raises(NotElf):
        read_links(bytes(content))


@pytest.mark.skipif(shutil.which("readelf") is None, reason="no readelf")
def test_programs_of_this_machine_can_be_read() -> None:
    programs = [Path("/bin/sh").resolve(), Path("/bin/ls").resolve()]
    for program in programs:
        links = read_links(program.read_bytes())
        assert links is not None
        assert any(name.startswith("libc.") for name in links.needed)


def test_facts_come_back_as_they_were_packed() -> None:
    reader = BindingsReader()
    for path, content in {
        "bin/app": WHOLE,
        "bin/script": b"#! /usr/bin/env python3\nprint()\n",
        "etc/passwd": b"root:x:0:0::/:\n",
        "bin/broken": dynamic_elf(needs={"a": ["b"]}, claimed_needs=1 << 30),
    }.items():
        assert reader.wants(path, content[:4])
        reader.add(path, content)
    facts = decode(reader.freeze())
    assert facts.links["bin/app"] == read_links(WHOLE)
    assert facts.scripts == {"bin/script": "/usr/bin/env python3"}
    assert facts.kept == {"etc/passwd": b"root:x:0:0::/:\n"}
    assert list(facts.refused) == ["bin/broken"]
    reader.forget("bin/broken")
    assert decode(reader.freeze()).refused == {}


def test_what_is_too_large_is_refused_and_not_read() -> None:
    reader = BindingsReader()
    assert reader.too_large("etc/passwd", b"root", 17 << 20)
    assert not reader.too_large("etc/group", b"root", 100)
    assert "etc/passwd" in decode(reader.freeze()).refused


def test_a_layer_that_asks_for_nothing_takes_no_room_and_damage_is_seen() -> None:
    assert encode(LayerBindings()) == b""
    assert decode(b"") == LayerBindings()
    with pytest.raises(Malformed, match="cannot be read"):
        decode(b"damaged")
