"""The list of a layer's files, and the digests of their contents."""

import hashlib
import io

import pytest

from lading.cataloging.analysis import LayerAnalysis
from lading.cataloging.layer import Analyser
from lading.image import file_list
from lading.image.file_list import FileEntry, FileKind
from lading.image.limits import ReadingLimits
from lading.oci.digest import Digest
from tests.support.layers import END, LayerBuilder, header, padded, pax_header

CAPABILITY = b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0"


def analysed(tar: bytes, limits: ReadingLimits | None = None) -> LayerAnalysis:
    analyser = Analyser(limits=limits or ReadingLimits())
    return analyser.analyse(Digest.of(tar), lambda: io.BytesIO(tar))


def listed(tar: bytes) -> dict[str, FileEntry]:
    return {entry.path: entry for entry in file_list.decode(analysed(tar).files)}


def test_every_entry_is_listed_with_its_rights_and_content() -> None:
    files = listed(
        LayerBuilder()
        .directory("usr")
        .file("usr/bin/su", b"program", mode=0o4755)
        .symlink("bin", "usr/bin")
        .hardlink("usr/bin/sg", "usr/bin/su")
        .device("dev/null")
        .whiteout("etc/gone")
        .opaque("var/cache")
        .tar()
    )
    assert {path: entry.kind for path, entry in files.items()} == {
        "usr": FileKind.DIRECTORY,
        "usr/bin/su": FileKind.FILE,
        "bin": FileKind.SYMBOLIC_LINK,
        "usr/bin/sg": FileKind.HARD_LINK,
        "dev/null": FileKind.DEVICE,
        "etc/gone": FileKind.WHITEOUT,
        "var/cache": FileKind.OPAQUE,
    }
    program = files["usr/bin/su"]
    assert (program.mode, program.size) == (0o4755, 7)
    assert program.sha256 == hashlib.sha256(b"program").digest()
    assert files["bin"].link == "usr/bin"
    assert files["usr/bin/sg"].link == "usr/bin/su"


def test_owners_and_capabilities_are_those_of_the_extended_header() -> None:
    tar = (
        pax_header([("uid", b"4000000000"), ("SCHILY.xattr.security.capability", CAPABILITY)])
        + header(b"usr/bin/ping", size=4)
        + padded(b"ping")
        + END
    )
    entry = listed(tar)["usr/bin/ping"]
    assert (entry.uid, entry.gid) == (4_000_000_000, 0)
    assert entry.capabilities == CAPABILITY


@pytest.mark.parametrize("size", [0, 5, 40_000, 3_000_000])
def test_digests_are_of_the_whole_content_however_it_lies_in_chunks(size: int) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    entry = listed(LayerBuilder().file("opt/x", content[:size]).tar())["opt/x"]
    assert entry.sha256 == hashlib.sha256(content[:size]).digest()
    assert entry.md5 == entry.sha1 == b""


def test_files_of_a_system_have_the_digest_of_its_package_records() -> None:
    plain = listed(LayerBuilder().file("usr/bin/x", b"x").tar())["usr/bin/x"]
    assert plain.md5 == hashlib.md5(b"x", usedforsecurity=False).digest()[:8]
    alpine = listed(LayerBuilder().directory("etc/apk").file("usr/bin/x", b"x").tar())["usr/bin/x"]
    assert alpine.sha1 == hashlib.sha1(b"x", usedforsecurity=False).digest()[:8]
    assert alpine.md5 == b""


def test_the_last_of_two_entries_counts() -> None:
    files = listed(LayerBuilder().file("a", b"first").symlink("a", "b").file("c", b"1").file("c", b"2").tar())
    assert files["a"].kind is FileKind.SYMBOLIC_LINK
    assert files["c"].sha256 == hashlib.sha256(b"2").digest()


def test_a_sparse_file_is_digested_with_its_holes_unless_they_are_too_large() -> None:
    def sparse(size: int) -> bytes:
        records = [("GNU.sparse.size", b"%d" % size), ("GNU.sparse.map", b"0,3")]
        return pax_header(records) + header(b"disk", size=3) + padded(b"abc") + END

    assert listed(sparse(1000))["disk"].sha256 == hashlib.sha256(b"abc" + bytes(997)).digest()
    assert listed(sparse(1 << 40))["disk"].sha256 == b""
    assert listed(sparse(1 << 40))["disk"].size == 1 << 40


def test_more_files_than_can_be_listed_are_reported_and_the_layer_is_not_whole() -> None:
    builder = LayerBuilder()
    for number in range(30):
        builder.file(f"f{number}")
    found = analysed(builder.tar(), ReadingLimits(files=20))
    assert not found.whole
    assert "more than 20 files" in found.unreadable[0].reason
    assert len(file_list.decode(found.files)) == 20
