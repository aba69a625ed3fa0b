"""One layer, from its bytes to what is known of it."""

import gzip
import io
import random
from collections.abc import Iterator

import pytest
import zstandard

from lading.cataloging.analysis import LayerAnalysis, OsRelease, Unreadable
from lading.cataloging.cataloger import Cataloger, Found, Interests, compile_glob
from lading.cataloging.layer import Analyser
from lading.foundation.errors import OverLimit
from lading.image.limits import ReadingLimits
from lading.oci.digest import Digest
from lading.packages.package import Package
from tests.support.elf_files import go_program
from tests.support.keys import RSA_PEM
from tests.support.layers import END, LayerBuilder, header, layer_of, padded
from tests.support.package_databases import STATUS

METADATA = "Name: Requests\nVersion: 2.31.0\n"
REQUESTS = Package("pypi", "", "requests", "2.31.0")


def analysed(tar: bytes, analyser: Analyser | None = None, diff_id: Digest | None = None) -> LayerAnalysis:
    return (analyser or Analyser()).analyse(diff_id or Digest.of(tar), lambda: io.BytesIO(tar))


def packages(analysis: LayerAnalysis) -> dict[str, list[str]]:
    return {
        source.path: [f"{package.name} {package.version}" for package in source.packages]
        for source in analysis.sources
    }


SYSTEM = (
    LayerBuilder()
    .directory("var/lib/dpkg")
    .file("var/lib/dpkg/status", STATUS)
    .file("usr/lib/os-release", 'ID=debian\nVERSION_ID="12"\n')
    .symlink("etc/os-release", "../usr/lib/os-release")
    .file("opt/venv/lib/python3.12/site-packages/requests-2.31.0.dist-info/METADATA", METADATA)
    .file("root/.ssh/id_rsa", RSA_PEM)
    .file("etc/motd", "hello")
    .tar()
)


def test_a_layer_is_read_whole() -> None:
    found = analysed(SYSTEM)
    assert found.whole
    assert not found.unreadable
    assert packages(found) == {
        "opt/venv/lib/python3.12/site-packages/requests-2.31.0.dist-info/METADATA": ["requests 2.31.0"],
        "var/lib/dpkg/status": ["bash 5.2.15-2+b7", "libc6 2.36-9"],
    }
    assert [(release.path, release.distro.key) for release in found.releases] == [
        ("usr/lib/os-release", "debian-12")
    ]
    assert [(secret.path, secret.kind) for secret in found.secrets] == [
        ("root/.ssh/id_rsa", "private-key-rsa")
    ]
    assert found.byte_count == len(SYSTEM)
    assert found.file_count == 7


def test_system_packages_are_not_placed_by_the_layer() -> None:
    status = analysed(SYSTEM).sources[-1]
    assert {(package.namespace, package.distro) for package in status.packages} == {("", "")}


@pytest.mark.parametrize(
    "blob",
    [
        gzip.compress(SYSTEM),
        gzip.compress(SYSTEM[:3000]) + gzip.compress(SYSTEM[3000:]),
        zstandard.ZstdCompressor().compress(SYSTEM),
        SYSTEM,
    ],
    ids=["gzip", "gzip in members", "zstd", "plain"],
)
def test_compression_changes_nothing(blob: bytes) -> None:
    found = Analyser().analyse(Digest.of(SYSTEM), lambda: io.BytesIO(blob))
    assert found == analysed(SYSTEM)


def test_the_order_of_the_archive_changes_nothing() -> None:
    files = {f"a/{name}.dist-info/METADATA": f"Name: {name}\nVersion: 1\n" for name in "zyxabc"}
    shuffled = list(files.items())
    random.Random(5).shuffle(shuffled)
    first, second = layer_of(files), layer_of(dict(shuffled))
    assert analysed(first).sources == analysed(second).sources


def test_sha512_diff_ids_are_compared_too() -> None:
    assert analysed(SYSTEM, diff_id=Digest.of(SYSTEM, "sha512")).whole


def test_content_with_another_digest_is_not_whole() -> None:
    found = analysed(SYSTEM, diff_id=Digest.of(b"another layer"))
    assert not found.whole
    assert [doubt.cataloger for doubt in found.unreadable] == ["layer"]
    assert "digest" in found.unreadable[0].reason


@pytest.mark.parametrize("cut", [600, 2000, 5000])
def test_a_cut_layer_keeps_what_was_read_and_is_not_whole(cut: int) -> None:
    blob = gzip.compress(SYSTEM)
    found = Analyser().analyse(Digest.of(SYSTEM), lambda: io.BytesIO(blob[: min(cut, len(blob) - 9)]))
    assert not found.whole
    assert found.unreadable[0].path == ""


def test_the_last_entry_of_a_name_counts() -> None:
    path = "a/x.dist-info/METADATA"
    tar = LayerBuilder().file(path, "Name: x\nVersion: 1\n").file(path, "Name: x\nVersion: 2\n").tar()
    assert packages(analysed(tar)) == {path: ["x 2"]}
    gone = LayerBuilder().file(path, "Name: x\nVersion: 1\n").directory(path).tar()
    assert packages(analysed(gone)) == {}


def test_whiteouts_and_opaque_directories_are_listed() -> None:
    found = analysed(
        LayerBuilder().whiteout("etc/passwd").whiteout("top").opaque("srv/data").opaque("").tar()
    )
    assert found.whiteouts == ("etc/passwd", "top")
    assert found.opaque == ("", "srv/data")
    assert not found.unreadable


def test_books_of_aufs_delete_nothing() -> None:
    found = analysed(LayerBuilder().file(".wh..wh.plnk/1.2").file(".wh..wh.aufs").tar())
    assert (found.whiteouts, found.opaque, found.unreadable) == ((), (), ())


@pytest.mark.parametrize("name", [".wh.", "etc/.wh..", "etc/.wh..."])
def test_a_whiteout_of_no_file_is_reported_and_deletes_nothing(name: str) -> None:
    found = analysed(LayerBuilder().file(name).tar())
    assert found.whiteouts == ()
    assert [doubt.path for doubt in found.unreadable] == [name]


def test_a_hard_link_to_a_source_is_another_one() -> None:
    tar = (
        LayerBuilder()
        .file("a/x.dist-info/METADATA", METADATA)
        .hardlink("b/x.dist-info/METADATA", "a/x.dist-info/METADATA")
    )
    assert set(packages(analysed(tar.tar()))) == {"a/x.dist-info/METADATA", "b/x.dist-info/METADATA"}


def test_a_hard_link_to_a_file_of_no_interest_is_read_in_a_second_walk() -> None:
    builder = LayerBuilder().file("store/ab/cdef", '{"name": "left-pad", "version": "1.3.0"}')
    builder.hardlink("store/again", "store/ab/cdef")
    builder.hardlink("app/node_modules/left-pad/package.json", "store/again")
    found = analysed(builder.tar())
    assert packages(found) == {"app/node_modules/left-pad/package.json": ["left-pad 1.3.0"]}
    assert not found.unreadable


def test_a_symbolic_link_within_the_layer_is_followed() -> None:
    builder = LayerBuilder().symlink("var/lib/dpkg", "/srv/dpkg").file("srv/state", STATUS)
    builder.symlink("srv/dpkg/status", "../state").symlink("var/lib/dpkg/status", "/srv/dpkg/status")
    assert packages(analysed(builder.tar())) == {"var/lib/dpkg/status": ["bash 5.2.15-2+b7", "libc6 2.36-9"]}


@pytest.mark.parametrize(
    "target", ["status", "/var/lib/dpkg/status", "../../../../../etc/shadow", "/nowhere/status"]
)
def test_a_package_database_that_is_a_link_to_nothing_readable_is_reported(target: str) -> None:
    found = analysed(LayerBuilder().symlink("var/lib/dpkg/status", target).tar())
    assert [(doubt.path, doubt.cataloger) for doubt in found.unreadable] == [("var/lib/dpkg/status", "dpkg")]


def test_hard_links_in_a_loop_are_reported() -> None:
    a, b = "a.egg-info", "b.egg-info"
    found = analysed(LayerBuilder().hardlink(a, b).hardlink(b, a).tar())
    assert sorted(doubt.path for doubt in found.unreadable) == [a, b]


def test_an_os_release_elsewhere_is_found_through_its_link() -> None:
    builder = LayerBuilder().file("usr/lib/os.release.d/os-release-container", "ID=fedora\nVERSION_ID=39\n")
    builder.symlink("usr/lib/os-release", "./os.release.d/os-release-container")
    builder.symlink("etc/os-release", "../usr/lib/os-release")
    (release,) = analysed(builder.tar()).releases
    assert isinstance(release, OsRelease)
    assert (release.path, release.distro.key) == ("usr/lib/os-release", "fedora-39")


def test_an_empty_os_release_is_reported() -> None:
    (doubt,) = analysed(layer_of({"etc/os-release": ""})).unreadable
    assert doubt.cataloger == "distro"


def test_a_device_where_a_database_belongs_is_reported_and_never_opened() -> None:
    found = analysed(
        LayerBuilder().device("var/lib/dpkg/status").fifo("lib/apk/db/installed").device("x").tar()
    )
    assert [doubt.path for doubt in found.unreadable] == ["var/lib/dpkg/status", "lib/apk/db/installed"]


@pytest.mark.parametrize("name", ["../../etc/x.dist-info/METADATA", "../../../root/.ssh/id_rsa"])
def test_a_path_that_leaves_the_root_is_reported_and_its_key_found(name: str) -> None:
    content = METADATA.encode() + RSA_PEM
    tar = header(name.encode(), size=len(content)) + padded(content) + END
    found = analysed(tar)
    assert found.sources == ()
    assert [doubt.path for doubt in found.unreadable] == [name]
    assert len(found.secrets) == 1


def test_a_name_that_is_not_utf8_is_reported_and_read() -> None:
    raw = METADATA.encode()
    tar = header(b"caf\xe9.dist-info/METADATA", size=len(raw)) + padded(raw) + END
    found = analysed(tar)
    assert packages(found) == {"caf\\xe9.dist-info/METADATA": ["requests 2.31.0"]}
    assert len(found.unreadable) == 1


def test_a_source_that_is_too_large_is_reported_and_searched() -> None:
    def parse(path: str, content: bytes) -> Iterator[Found]:
        yield Package("x", "", path, "1")

    small = Cataloger("small", ("**/*.x",), parse, max_bytes=10)
    found = analysed(layer_of({"a.x": b"1", "b.x": RSA_PEM}), Analyser(catalogers=(small,)))
    assert packages(found) == {"a.x": ["a.x 1"]}
    assert [(doubt.path, doubt.cataloger) for doubt in found.unreadable] == [("b.x", "small")]
    assert [secret.path for secret in found.secrets] == ["b.x"]


def test_files_that_may_hide_something_below_are_listed() -> None:
    found = analysed(
        LayerBuilder()
        .file("var/lib/dpkg/status", "")
        .file("root/.ssh/id_rsa", "")
        .file("etc/motd", "")
        .symlink("opt/current", "v2")
        .symlink("usr/lib/libz.so.1", "libz.so.1.2")
        .tar()
    )
    assert found.replaced == ("root/.ssh/id_rsa", "var/lib/dpkg/status")
    assert [link.path for link in found.links] == ["opt/current"]


def test_limits_end_the_reading_and_are_told() -> None:
    tar = layer_of({f"d/{at}.dist-info/METADATA": f"Name: n{at}\nVersion: 1\n" for at in range(50)})
    found = analysed(tar, Analyser(limits=ReadingLimits(entries=20)))
    assert len(found.sources) == 20
    assert not found.whole
    assert "20 entries" in found.unreadable[-1].reason


def test_time_that_is_used_up_ends_the_reading_and_is_told() -> None:
    def check() -> None:
        raise OverLimit("time-used-up", "it took longer than allowed")

    found = analysed(SYSTEM, Analyser(check=check))
    assert not found.whole
    assert found.unreadable == (Unreadable("", "layer", "it took longer than allowed"),)


def test_many_reports_are_counted_and_not_listed() -> None:
    tar = layer_of({f"d/{at}.dist-info/METADATA": "" for at in range(1000)})
    found = analysed(tar)
    assert len(found.unreadable) == 201
    assert found.unreadable[-1] == Unreadable("", "python", "and 800 more that are not listed")


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("var/lib/dpkg/status", "var/lib/dpkg/status", True),
        ("var/lib/dpkg/status", "srv/var/lib/dpkg/status", False),
        ("var/lib/dpkg/status.d/*", "var/lib/dpkg/status.d/tzdata", True),
        ("var/lib/dpkg/status.d/*", "var/lib/dpkg/status.d/a/b", False),
        ("**/*.dist-info/METADATA", "x.dist-info/METADATA", True),
        ("**/*.dist-info/METADATA", "a/b/x.dist-info/METADATA", True),
        ("**/*.dist-info/METADATA", "a/b/x.dist-info/sub/METADATA", False),
        ("**/*.egg-info", "a\nb.egg-info", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
    ],
)
def test_globs_match_whole_paths(glob: str, path: str, *, matches: bool) -> None:
    assert bool(compile_glob(glob).fullmatch(path)) is matches


def test_interests_find_who_reads_a_path_once() -> None:
    def parse(path: str, content: bytes) -> Iterator[Found]:
        yield from ()

    one = Cataloger("one", ("**/*.x", "dir/*", "**/a.x"), parse)
    two = Cataloger("two", ("**/a.x",), parse)
    interests = Interests((one, two))
    assert interests.of("dir/a.x") == (two, one) or interests.of("dir/a.x") == (one, two)
    assert interests.of("b.y") == ()
    with pytest.raises(ValueError, match="three"):
        Interests((Cataloger("three", ("**/a*b/*c",), parse),))


def test_a_link_that_a_later_entry_replaces_is_not_followed() -> None:
    builder = LayerBuilder().symlink("var/lib/dpkg/status", "/nowhere").file("var/lib/dpkg/status", STATUS)
    found = analysed(builder.tar())
    assert len(found.sources) == 1
    assert not found.unreadable


def test_a_hard_link_to_a_file_of_another_layer_is_reported() -> None:
    found = analysed(LayerBuilder().hardlink("a.egg-info", "b.egg-info").tar())
    assert [(doubt.path, doubt.cataloger) for doubt in found.unreadable] == [("a.egg-info", "python")]


def test_a_program_is_read_wherever_it_stands_and_however_the_archive_is_cut() -> None:
    tar = LayerBuilder().file("etc/x", bytes(700)).file("opt/shop", go_program(), mode=0o755).tar()
    for size in (1, 511, 4096):

        def cut(_: Iterator[bytes], size: int = size) -> Iterator[bytes]:
            return (tar[at : at + size] for at in range(0, len(tar), size))

        found = analysed(tar, Analyser(ahead=cut))
        assert packages(found)["opt/shop"][0] == "stdlib 1.22.3"
        assert found.replaced == ("opt/shop",)


def test_a_script_that_takes_the_place_of_a_program_is_listed() -> None:
    assert analysed(LayerBuilder().file("opt/shop", "#!/bin/sh", mode=0o755).tar()).replaced == ("opt/shop",)
