"""One suite over every blob store."""

import hashlib
import itertools
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from obstore.store import MemoryStore

from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.blobs_memory import MemoryBlobs
from lading.adapters.blobs_object_store import ObjectStoreBlobs
from lading.foundation.errors import Conflict, Malformed, NotFound
from lading.oci.digest import Digest
from lading.ports.blob_store import CHUNK_BYTES, BlobStore
from tests.support.object_store import s3_store

Reopen = Callable[[], BlobStore]
_prefixes = itertools.count(1)


@pytest.fixture(params=["memory", "filesystem", "object-store", "s3"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    """Gives the store as a new process would see it; a store in memory has only one process."""
    match request.param:
        case "filesystem":
            return lambda: FilesystemBlobs(tmp_path / "store")
        case "object-store":
            bucket = MemoryStore()
            return lambda: ObjectStoreBlobs(bucket)
        case "s3":
            url = request.getfixturevalue("s3")
            prefix = str(next(_prefixes))
            return lambda: ObjectStoreBlobs(s3_store(url, prefix))
    memory = MemoryBlobs()
    return lambda: memory


@pytest.fixture
def store(reopen: Reopen) -> BlobStore:
    return reopen()


def _append(store: BlobStore, upload_id: str, content: bytes) -> int:
    writer = store.open_upload(upload_id)
    try:
        writer.write(content)
        return writer.offset
    finally:
        writer.close()


def _push(
    store: BlobStore, content: bytes, algorithm: str = "sha256", upload_id: str = "an-upload"
) -> Digest:
    digest = Digest.of(content, algorithm)
    store.create_upload(upload_id)
    _append(store, upload_id, content)
    assert store.finish_upload(upload_id, digest) == len(content)
    return digest


def _read(store: BlobStore, digest: Digest, start: int = 0, stop: int | None = None) -> bytes:
    stream = store.read(digest, start=start, stop=stop)
    try:
        chunks = list(stream)
    finally:
        stream.close()
    assert all(0 < len(chunk) <= CHUNK_BYTES for chunk in chunks)
    return b"".join(chunks)


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, 3 * CHUNK_BYTES + 7])
def test_what_was_pushed_is_read_back(store: BlobStore, algorithm: str, size: int) -> None:
    content = os.urandom(size)
    digest = _push(store, content, algorithm)
    assert store.stat(digest) == size
    assert _read(store, digest) == content
    assert list(store.iter_digests()) == [digest]
    assert list(store.iter_uploads()) == []


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 1), (5, 9), (9, 10), (10, None), (10, 99), (3, 3), (0, None), (8, 4)]
)
def test_a_range_is_what_a_slice_is(store: BlobStore, start: int, stop: int | None) -> None:
    digest = _push(store, b"0123456789")
    assert _read(store, digest, start, stop) == b"0123456789"[start:stop]


def test_a_range_over_many_chunks_begins_and_ends_in_the_middle_of_one(store: BlobStore) -> None:
    content = os.urandom(4 * CHUNK_BYTES)
    digest = _push(store, content)
    start, stop = CHUNK_BYTES - 3, 3 * CHUNK_BYTES + 5
    assert _read(store, digest, start, stop) == content[start:stop]


def test_absent_content_is_absent_at_once(store: BlobStore) -> None:
    digest = Digest.of(b"never pushed")
    assert store.stat(digest) is None
    assert store.local_path(digest) is None
    with pytest.raises(NotFound):
        store.read(digest)


def test_an_upload_grows_over_several_writers(store: BlobStore) -> None:
    parts = [os.urandom(700_001), b"", b"x", os.urandom(CHUNK_BYTES)]
    store.create_upload("one")
    offset = 0
    for part in parts:
        offset += len(part)
        assert _append(store, "one", part) == offset
        assert store.upload_offset("one") == offset
    content = b"".join(parts)
    assert store.finish_upload("one", Digest.of(content)) == len(content)
    assert _read(store, Digest.of(content)) == content


def test_a_chunk_may_be_reused_after_it_was_written(store: BlobStore) -> None:
    store.create_upload("one")
    chunk = bytearray(b"first")
    writer = store.open_upload("one")
    writer.write(chunk)
    chunk[:] = b"other"
    writer.write(memoryview(chunk)[:2])
    writer.close()
    assert store.finish_upload("one", Digest.of(b"firstot")) == 7


def test_an_upload_goes_on_after_a_restart(reopen: Reopen) -> None:
    first, second = os.urandom(CHUNK_BYTES + 11), os.urandom(300)
    store = reopen()
    store.create_upload("one")
    _append(store, "one", first)
    restarted = reopen()
    assert restarted.upload_offset("one") == len(first)
    _append(restarted, "one", second)
    digest = Digest.of(first + second)
    assert reopen().finish_upload("one", digest) == len(first + second)
    assert _read(store, digest) == first + second


def test_two_processes_may_append_in_turns(reopen: Reopen) -> None:
    here, there = reopen(), reopen()
    here.create_upload("one")
    for turn, store in enumerate((here, there, here, here, there)):
        _append(store, "one", str(turn).encode())
    assert here.finish_upload("one", Digest.of(b"01234")) == 5


def test_content_with_another_digest_is_refused_and_gone(store: BlobStore) -> None:
    promised = Digest.of(b"promised")
    store.create_upload("one")
    _append(store, "one", b"delivered")
    with pytest.raises(Malformed) as refusal:
        store.finish_upload("one", promised)
    assert refusal.value.code == "digest-mismatch"
    assert store.stat(promised) is None
    assert store.stat(Digest.of(b"delivered")) is None
    with pytest.raises(NotFound):
        store.upload_offset("one")


def test_large_content_with_another_digest_is_refused_and_never_seen(store: BlobStore) -> None:
    promised = Digest.of(b"promised")
    store.create_upload("one")
    for _ in range(3):
        _append(store, "one", os.urandom(9 * CHUNK_BYTES))
    with pytest.raises(Malformed):
        store.finish_upload("one", promised)
    assert store.stat(promised) is None
    assert [*store.iter_digests()] == []
    assert [*store.iter_uploads()] == []


def test_large_content_of_many_writers_is_whole(store: BlobStore) -> None:
    content = os.urandom(21 * CHUNK_BYTES)
    store.create_upload("one")
    for start in range(0, len(content), 7 * CHUNK_BYTES):
        _append(store, "one", content[start : start + 7 * CHUNK_BYTES])
    assert store.finish_upload("one", Digest.of(content)) == len(content)
    assert _read(store, Digest.of(content)) == content


def test_a_refused_upload_leaves_stored_content_alone(store: BlobStore) -> None:
    digest = _push(store, b"good")
    store.create_upload("two")
    _append(store, "two", b"evil")
    with pytest.raises(Malformed):
        store.finish_upload("two", digest)
    assert _read(store, digest) == b"good"


def test_content_can_be_pushed_again_while_it_is_read(store: BlobStore) -> None:
    content = os.urandom(2 * CHUNK_BYTES)
    digest = _push(store, content)
    stream = store.read(digest)
    first = next(stream)
    _push(store, content, upload_id="again")
    assert first + b"".join(stream) == content
    stream.close()
    assert _read(store, digest) == content


def test_deleted_content_can_be_read_to_its_end(store: BlobStore) -> None:
    content = os.urandom(2 * CHUNK_BYTES)
    digest = _push(store, content)
    stream = store.read(digest)
    first = next(stream)
    assert store.delete(digest) is True
    assert first + b"".join(stream) == content
    stream.close()
    assert store.stat(digest) is None
    assert store.delete(digest) is False
    assert list(store.iter_digests()) == []


def test_a_second_writer_is_refused_until_the_first_is_closed(store: BlobStore) -> None:
    store.create_upload("one")
    writer = store.open_upload("one")
    writer.write(b"mine")
    for attempt in (
        lambda: store.open_upload("one"),
        lambda: store.finish_upload("one", Digest.of(b"mine")),
        lambda: store.abort_upload("one"),
    ):
        with pytest.raises(Conflict) as refusal:
            attempt()
        assert refusal.value.code == "upload-busy"
    writer.close()
    writer.close()
    assert store.finish_upload("one", Digest.of(b"mine")) == 4


def test_a_closed_writer_writes_no_more(store: BlobStore) -> None:
    store.create_upload("one")
    writer = store.open_upload("one")
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write(b"late")


def test_an_aborted_upload_is_gone(store: BlobStore) -> None:
    store.create_upload("one")
    _append(store, "one", b"abc")
    store.abort_upload("one")
    for attempt in (
        lambda: store.upload_offset("one"),
        lambda: store.open_upload("one"),
        lambda: store.finish_upload("one", Digest.of(b"abc")),
        lambda: store.abort_upload("one"),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert store.stat(Digest.of(b"abc")) is None


def test_an_upload_id_is_used_by_one_upload_at_a_time(store: BlobStore) -> None:
    store.create_upload("one")
    with pytest.raises(Conflict):
        store.create_upload("one")
    store.abort_upload("one")
    store.create_upload("one")
    assert store.upload_offset("one") == 0


@pytest.mark.parametrize("upload_id", ["../blobs", "a/b", "", ".", "..", "nul\0", "x" * 200, "/etc/passwd"])
def test_an_upload_id_never_climbs_out_of_its_place(store: BlobStore, upload_id: str) -> None:
    for attempt in (
        lambda: store.upload_offset(upload_id),
        lambda: store.open_upload(upload_id),
        lambda: store.abort_upload(upload_id),
        lambda: store.finish_upload(upload_id, Digest.of(b"")),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_uploads_under_way_are_listed_with_their_size(store: BlobStore) -> None:
    store.create_upload("one")
    store.create_upload("two")
    _append(store, "two", b"12345")
    assert {upload.id: upload.offset for upload in store.iter_uploads()} == {"one": 0, "two": 5}
    assert all(upload.touched_at.tzinfo is not None for upload in store.iter_uploads())


def test_a_local_path_holds_the_content(store: BlobStore) -> None:
    digest = _push(store, b"on a disk, perhaps")
    path = store.local_path(digest)
    assert path is None or Path(path).read_bytes() == b"on a disk, perhaps"


def test_a_direct_url_is_given_or_not_but_never_wrong(store: BlobStore) -> None:
    digest = _push(store, b"somewhere else")
    url = store.direct_url(digest, valid=timedelta(minutes=5))
    assert url is None or httpx.get(url).content == b"somewhere else"


def test_many_pushes_of_the_same_content_at_once_leave_it_whole(store: BlobStore) -> None:
    content = os.urandom(3 * CHUNK_BYTES)
    digest = Digest.of(content)
    failures: list[BaseException] = []

    def push(number: int) -> None:
        try:
            _push(store, content, upload_id=f"upload-{number}")
            assert hashlib.sha256(_read(store, digest)).hexdigest() == digest.hex
        except BaseException as error:  # noqa: BLE001 -- the test must see what a thread raised
            failures.append(error)

    threads = [threading.Thread(target=push, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert _read(store, digest) == content
    assert list(store.iter_uploads()) == []


def test_one_upload_finished_twice_at_once_ends_once(store: BlobStore) -> None:
    for attempt in range(20):
        content = str(attempt).encode()
        digest = Digest.of(content)
        store.create_upload("one")
        _append(store, "one", content)
        assert _finish_at_once(store, "one", digest, threads=3).count("done") == 1
        assert _read(store, digest) == content


def _finish_at_once(store: BlobStore, upload_id: str, digest: Digest, *, threads: int) -> list[str]:
    outcomes: list[str] = []

    def finish() -> None:
        try:
            store.finish_upload(upload_id, digest)
            outcomes.append("done")
        except (NotFound, Conflict) as error:
            outcomes.append(type(error).__name__)

    running = [threading.Thread(target=finish) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return outcomes


def test_several_at_once_are_visible_when_it_returns(store: BlobStore) -> None:
    contents = {Digest.of(content): content for content in (b"", b"one", b"two", b"x" * 70_000)}
    store.put_all(contents)
    store.put_all(contents)
    store.put_all({})
    assert {digest: _read(store, digest) for digest in contents} == contents
    assert list(store.iter_uploads()) == []


def test_of_several_at_once_wrong_content_is_never_visible(store: BlobStore) -> None:
    wrong = Digest.of(b"something else")
    with pytest.raises(Malformed, match="digest"):
        store.put_all({Digest.of(b"one"): b"one", wrong: b"two"})
    assert store.stat(wrong) is None
    assert list(store.iter_uploads()) == []
