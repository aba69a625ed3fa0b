"""What every analyser of layers does, in this process or in one of its own."""

import contextlib
import gzip
from collections.abc import Callable, Iterator

import pytest
import zstandard

from lading.adapters.analyser_in_process import InProcessAnalyser
from lading.adapters.analyser_process import ProcessAnalyser
from lading.adapters.analyser_workers import Nursery
from lading.adapters.blobs_memory import MemoryBlobs
from lading.foundation.errors import NotFound
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from lading.ports.layer_analyser import LayerAnalyser
from tests.support.keys import RSA_PEM
from tests.support.layers import LayerBuilder, layer_of
from tests.support.package_databases import STATUS

LAYER = (
    LayerBuilder()
    .file("var/lib/dpkg/status", STATUS)
    .file("store/1", '{"name": "left-pad", "version": "1.3.0"}')
    .hardlink("app/node_modules/left-pad/package.json", "store/1")
    .file("root/.ssh/id_rsa", RSA_PEM)
    .whiteout("etc/passwd")
    .file("caf\u00e9/x.dist-info/METADATA", "Name: x\nVersion: 1\nLicense: \u00a9\n")
    .tar()
)

BLOBS = {
    "gzip": gzip.compress(LAYER),
    "zstd": zstandard.ZstdCompressor().compress(LAYER),
    "plain": LAYER,
}


@pytest.fixture
def blobs() -> MemoryBlobs:
    return MemoryBlobs()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with contextlib.closing(Nursery()) as made:
        yield made


@pytest.fixture(params=["in process", "process", "forked process"])
def analyser(request: pytest.FixtureRequest, blobs: MemoryBlobs, nursery: Nursery) -> LayerAnalyser:
    makers: dict[str, Callable[[BlobStore], LayerAnalyser]] = {
        "in process": InProcessAnalyser,
        "process": ProcessAnalyser,
        "forked process": lambda store: ProcessAnalyser(store, nursery=nursery),
    }
    return makers[request.param](blobs)


def store(blobs: MemoryBlobs, content: bytes) -> Digest:
    digest = Digest.of(content)
    blobs.create_upload("one")
    with_writer = blobs.open_upload("one")
    with_writer.write(content)
    with_writer.close()
    blobs.finish_upload("one", digest)
    return digest


@pytest.mark.parametrize("form", sorted(BLOBS))
def test_a_layer_is_analysed_from_its_blob(analyser: LayerAnalyser, blobs: MemoryBlobs, form: str) -> None:
    found = analyser.analyse(store(blobs, BLOBS[form]), Digest.of(LAYER))
    assert found.whole
    assert not found.unreadable
    assert found == InProcessAnalyser(blobs).analyse(Digest.of(BLOBS[form]), Digest.of(LAYER))
    assert [source.path for source in found.sources] == [
        "app/node_modules/left-pad/package.json",
        "caf\u00e9/x.dist-info/METADATA",
        "var/lib/dpkg/status",
    ]
    assert [secret.kind for secret in found.secrets] == ["private-key-rsa"]
    assert found.whiteouts == ("etc/passwd",)


def test_a_blob_that_is_not_there_is_not_found(analyser: LayerAnalyser) -> None:
    with pytest.raises(NotFound):
        analyser.analyse(Digest.of(b"nowhere"), Digest.of(b"nothing"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(LAYER)[:400], "ends in the middle"),
        (b"nonsense" * 200, "tar header"),
        (gzip.compress(layer_of({"other": "content"})), "digest"),
    ],
    ids=["cut", "noise", "wrong diff id"],
)
def test_a_layer_that_cannot_be_trusted_is_not_whole(
    analyser: LayerAnalyser, blobs: MemoryBlobs, content: bytes, reason: str
) -> None:
    found = analyser.analyse(store(blobs, content), Digest.of(LAYER))
    assert not found.whole
    assert found.diff_id == Digest.of(LAYER)
    assert found.unreadable[-1].cataloger == "layer"
    assert reason in found.unreadable[-1].reason


def test_an_empty_layer_is_whole(analyser: LayerAnalyser, blobs: MemoryBlobs) -> None:
    empty = bytes(1024)  # what Docker pushes for an empty layer, uncompressed
    found = analyser.analyse(store(blobs, gzip.compress(empty)), Digest.of(empty))
    assert found.whole
    assert found.file_count == 0
