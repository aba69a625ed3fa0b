"""What collecting and scrubbing need of a blob store, over every store."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pytest
from obstore.store import MemoryStore

from lading.adapters.blobs_filesystem import FilesystemBlobs
from lading.adapters.blobs_memory import MemoryBlobs
from lading.adapters.blobs_object_store import ObjectStoreBlobs
from lading.foundation.errors import NotFound
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore
from tests.support.object_store import s3_store
from tests.support.stores import put_blob

DAY = timedelta(days=1)


@pytest.fixture(params=["memory", "filesystem", "object-store", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    match request.param:
        case "filesystem":
            return FilesystemBlobs(tmp_path / "store")
        case "object-store":
            return ObjectStoreBlobs(MemoryStore())
        case "s3":
            return ObjectStoreBlobs(s3_store(request.getfixturevalue("s3"), tmp_path.name))
    return MemoryBlobs()


def test_digests_are_listed_in_order_and_from_any_of_them(store: BlobStore) -> None:
    digests = sorted((put_blob(store, f"{number}".encode()) for number in range(7)), key=str)
    longer = put_blob(store, b"x", "sha512")
    assert [*store.iter_digests()] == [*digests, longer]
    assert [*store.iter_digests(after=digests[3])] == [*digests[4:], longer]
    assert [*store.iter_digests(after=Digest.of(b"absent", "sha512"))] in ([], [longer])
    assert [*store.iter_digests(after=longer)] == []


def test_content_is_as_old_as_its_last_push(store: BlobStore) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)
    digest = put_blob(store, b"content")
    first = store.stored_at(digest)
    assert first is not None
    assert before < first < datetime.now(UTC) + timedelta(seconds=5)
    put_blob(store, b"content")
    second = store.stored_at(digest)
    assert second is not None
    assert second >= first
    assert store.stored_at(Digest.of(b"absent")) is None


def test_what_is_young_is_not_deleted_with_what_is_old(store: BlobStore) -> None:
    digest = put_blob(store, b"content")
    assert not store.delete(digest, stored_before=datetime.now(UTC) - DAY)
    assert store.stat(digest) == 7
    assert store.delete(digest, stored_before=datetime.now(UTC) + DAY)
    assert store.stat(digest) is None
    assert not store.delete(digest, stored_before=datetime.now(UTC) + DAY)


def test_what_is_in_quarantine_is_not_here_until_it_is_pushed_again(store: BlobStore) -> None:
    digest = put_blob(store, b"content")
    assert store.quarantine(digest)
    assert not store.quarantine(digest)
    assert store.stat(digest) is None
    assert store.local_path(digest) is None
    assert [*store.iter_digests()] == []
    assert [*store.iter_strays()] == []
    with pytest.raises(NotFound):
        store.read(digest)
    put_blob(store, b"content")
    assert b"".join(store.read(digest)) == b"content"
    assert store.quarantine(digest)


def test_content_and_uploads_are_no_strays(store: BlobStore) -> None:
    put_blob(store, b"content")
    store.create_upload("one")
    writer = store.open_upload("one")
    writer.write(b"half")
    writer.close()
    assert [*store.iter_strays()] == []
    assert not store.remove_stray("anything")


def _strays(tmp_path: Path) -> tuple[BlobStore, set[str]]:
    store = FilesystemBlobs(tmp_path / "store")
    digest = put_blob(store, b"content")
    folder = tmp_path / "store" / "blobs" / "sha256" / digest.hex[:2]
    (folder / "notes.txt").write_text("mine")
    (folder / ("f" * 64)).write_text("in the wrong folder" if digest.hex[:2] != "ff" else "")
    (tmp_path / "store" / "uploads" / "no upload").write_text("")
    prefix = f"blobs/sha256/{digest.hex[:2]}"
    return store, {f"{prefix}/notes.txt", f"{prefix}/{'f' * 64}", "uploads/no upload"}


def _stray_objects(_tmp_path: Path) -> tuple[BlobStore, set[str]]:
    bucket = MemoryStore()
    store = ObjectStoreBlobs(bucket)
    put_blob(store, b"content")
    names = {
        f"uploads/gone/{0:020}",  # a segment whose upload was removed by halves
        "blobs/sha256/ab/notes.txt",
        f"blobs/sha256/00/{'f' * 64}",
    }
    for name in names:
        obstore.put(bucket, name, b"stray")
    return store, names


@pytest.mark.parametrize("make", [_strays, _stray_objects], ids=["filesystem", "object-store"])
def test_strays_are_found_and_removed_and_nothing_else_is(
    tmp_path: Path, make: Callable[[Path], tuple[BlobStore, set[str]]]
) -> None:
    store, names = make(tmp_path)
    assert {stray.name for stray in store.iter_strays()} == names
    for name in names:
        assert store.remove_stray(name)
        assert not store.remove_stray(name)
    assert not store.remove_stray("../../etc/passwd")
    assert [*store.iter_strays()] == []
    assert [*store.iter_digests()] == [Digest.of(b"content")]
