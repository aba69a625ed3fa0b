"""Layers that attack the analyser, in the worker process: always an answer, and never a clean one."""

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from lading.adapters.analyser_process import ProcessAnalyser, WorkerLimits
from lading.adapters.analyser_workers import Nursery
from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.cataloging.analysis import LayerAnalysis
from lading.image.limits import ReadingLimits
from lading.oci.digest import Digest
from tests.support.layers import END, LayerBuilder, header, padded, pax_header

MEBIBYTE = 1 << 20
NURSERY = Nursery()


@pytest.fixture(scope="module", autouse=True)
def _ended_nursery() -> Iterator[None]:
    yield
    NURSERY.close()


def analysed(
    tmp_path: Path, blob: bytes, tar: bytes | Digest, limits: WorkerLimits | None = None
) -> LayerAnalysis:
    blobs = FilesystemBlobs(tmp_path)
    blobs.create_upload("one")
    writer = blobs.open_upload("one")
    writer.write(blob)
    writer.close()
    digest = Digest.of(blob)
    blobs.finish_upload("one", digest)
    complaints: list[str] = []
    analyser = ProcessAnalyser(blobs, limits, complaints.append, nursery=NURSERY)
    found = analyser.analyse(digest, tar if isinstance(tar, Digest) else Digest.of(tar))
    assert not complaints, complaints
    return found


def repeated(block: bytes, count: int) -> bytes:
    """A gzip stream of one block many times, made quickly."""
    packer = zlib.compressobj(1, wbits=31)
    megabyte = block * (MEBIBYTE // len(block))
    whole, rest = divmod(count * len(block), len(megabyte))
    parts = [packer.compress(megabyte) for _ in range(whole)]
    return b"".join([*parts, packer.compress(block * (rest // len(block))), packer.flush()])


def only_reason(found: LayerAnalysis) -> str:
    assert not found.whole
    (doubt,) = found.unreadable
    assert (doubt.path, doubt.cataloger) == ("", "layer")
    return doubt.reason


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_bomb_of_gigabytes_is_stopped_at_the_ratio(tmp_path: Path, kind: str) -> None:
    head = header(b"zeros", size=8 << 30)
    if kind == "gzip":
        blob = gzip.compress(head) + repeated(bytes(512), (600 * MEBIBYTE) // 512)
    else:
        packer = zstandard.ZstdCompressor().compressobj()
        parts = [packer.compress(head), *(packer.compress(bytes(MEBIBYTE)) for _ in range(600))]
        blob = b"".join([*parts, packer.flush()])
    limits = WorkerLimits(reading=ReadingLimits(ratio=100, ratio_from=64 * MEBIBYTE))
    assert "expands" in only_reason(analysed(tmp_path, blob, Digest.of(b""), limits))


def test_entries_without_end_are_counted_out(tmp_path: Path) -> None:
    blob = repeated(header(b"a/b"), 60_000)
    found = analysed(tmp_path, blob, Digest.of(b""), WorkerLimits(reading=ReadingLimits(entries=50_000)))
    assert "50000 entries" in only_reason(found)


def test_package_files_without_end_are_counted_out_in_bounded_memory(tmp_path: Path) -> None:
    entry = header(b"a.dist-info/METADATA", size=20) + padded(b"Name: a\nVersion: 1\n\n")
    blob = repeated(entry, 20_000)
    found = analysed(tmp_path, blob, Digest.of(b""), WorkerLimits(reading=ReadingLimits(facts=30_000)))
    assert "more than 30000 things" in only_reason(found)


def test_a_header_of_gigabytes_is_refused(tmp_path: Path) -> None:
    blob = gzip.compress(header(b"x", kind=b"x", size=3 << 30) + bytes(MEBIBYTE))
    assert "header" in only_reason(analysed(tmp_path, blob, Digest.of(b"")))


def test_headers_without_an_entry_end_with_the_stream(tmp_path: Path) -> None:
    blob = repeated(pax_header([("comment", b"x" * 400)]), 100_000)
    assert not analysed(tmp_path, blob, Digest.of(b"")).whole


def test_a_package_file_of_any_size_is_not_read_into_memory(tmp_path: Path) -> None:
    size = 200 * MEBIBYTE
    blob = gzip.compress(header(b"var/lib/dpkg/status", size=size)) + repeated(b"\n" * 512, size // 512)
    found = analysed(tmp_path, blob, Digest.of(b""), WorkerLimits(memory_bytes=256 * MEBIBYTE))
    assert ("var/lib/dpkg/status", "dpkg") in {(doubt.path, doubt.cataloger) for doubt in found.unreadable}


def test_a_sparse_file_of_terabytes_is_not_expanded(tmp_path: Path) -> None:
    records = [("GNU.sparse.major", b"1"), ("GNU.sparse.minor", b"0"), ("GNU.sparse.realsize", b"9" * 13)]
    tar = (
        pax_header([*records, ("GNU.sparse.name", b"var/lib/dpkg/status")])
        + header(b"x", size=512)
        + b"0\n".ljust(512, b"\0")
        + END
    )
    found = analysed(tmp_path, gzip.compress(tar), tar)
    assert [(doubt.path, doubt.cataloger) for doubt in found.unreadable] == [("var/lib/dpkg/status", "dpkg")]


def test_memory_that_runs_out_is_an_answer(tmp_path: Path) -> None:
    blob = gzip.compress(LayerBuilder().file("var/lib/dpkg/status", b"\n" * (40 * MEBIBYTE)).tar())
    found = analysed(tmp_path, blob, Digest.of(b""), WorkerLimits(memory_bytes=160 * MEBIBYTE))
    assert "160 MiB of memory" in only_reason(found)


def test_time_that_runs_out_is_an_answer_with_what_was_read(tmp_path: Path) -> None:
    first = LayerBuilder().file("a.egg-info", "Name: a\nVersion: 1\n").tar()[:1024]
    blob = gzip.compress(first) + repeated(header(b"a/b"), 300_000)
    found = analysed(tmp_path, blob, Digest.of(b""), WorkerLimits(seconds=0.5))
    assert "0.5 seconds" in only_reason(found)
    assert [source.path for source in found.sources] == ["a.egg-info"]


def test_a_result_that_is_too_large_is_an_answer(tmp_path: Path) -> None:
    builder = LayerBuilder()
    for number in range(2000):
        builder.file(f"d{number}/x.egg-info", f"Name: n{number}\nVersion: 1\n")
    tar = builder.tar()
    found = analysed(tmp_path, gzip.compress(tar), tar, WorkerLimits(result_bytes=50_000))
    assert "more, than allowed" in only_reason(found)


def test_links_in_loops_and_out_of_the_root_end(tmp_path: Path) -> None:
    builder = LayerBuilder().symlink("var/lib/dpkg/status", "../../../../../../etc/shadow")
    for number in range(3000):
        builder.symlink(f"l{number}", f"l{(number + 1) % 3000}/l{number}")
        builder.hardlink(f"h{number}.egg-info", f"h{(number + 1) % 3000}.egg-info")
    builder.symlink("app/node_modules/x/package.json", "/l0/x")
    tar = builder.tar()
    found = analysed(tmp_path, gzip.compress(tar), tar)
    assert {"dpkg", "npm", "python"} <= {doubt.cataloger for doubt in found.unreadable}


def test_devices_are_not_opened(tmp_path: Path) -> None:
    tar = LayerBuilder().device("dev/zero").fifo("lib/apk/db/installed").device("etc/os-release").tar()
    found = analysed(tmp_path, gzip.compress(tar), tar)
    assert [doubt.path for doubt in found.unreadable] == ["lib/apk/db/installed", "etc/os-release"]


@pytest.mark.parametrize("at", range(0, 100, 12))
def test_a_blob_cut_anywhere_is_never_clean(tmp_path: Path, at: int) -> None:
    tar = (
        LayerBuilder().file("a.egg-info", "Name: a\nVersion: 1\n" * 50).file("b", bytes(range(256)) * 9).tar()
    )
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
        packed.write(tar)
    blob = file.getvalue()
    assert not analysed(tmp_path, blob[: len(blob) * at // 100], tar).whole
