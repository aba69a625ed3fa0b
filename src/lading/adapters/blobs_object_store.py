"""Blobs in an object store (S3, Google Cloud Storage, Azure), by obstore.

    key                                what it is
    blobs/sha256/ab/ab12…              whole content, digest verified; never changes
    uploads/<upload id>/begun          the upload exists; empty
    quarantine/sha256/ab12…            content that was found corrupt, for people
    uploads/<upload id>/<20 digits>    a segment of an upload, named by the offset of its first byte

1. A writer gathers up to SEGMENT_BYTES and puts them as one segment. Putting is conditional on the key being
   free, so of two writers in two processes who are at the same offset one is refused; within a process the
   second is refused at once. What was not yet put when a process died is sent again by the client, who asks
   for the offset.
2. To finish, the segments are read in order, digested, and written to the blob's key as one put, which is
   atomic whatever its size (multipart above one segment). It is completed only when the digest holds.
3. No state is kept between requests, so any process can take the next one. The price is that content larger
   than a segment crosses the network to the store twice; large pulls do not pass through here at all where
   signed URLs are given out.

Give the bucket a lifecycle rule that removes incomplete multipart uploads: a killed process leaves some.
"""

import hashlib
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store

from lading.adapters.blobs_side_by_side import put_side_by_side
from lading.foundation.errors import Conflict, Malformed, NotFound, Upstream
from lading.oci.digest import Digest
from lading.ports.blob_store import CHUNK_BYTES, PendingUpload, Stray

SEGMENT_BYTES = 8 << 20  # memory that an upload under way takes
_PARTS = 9_000  # of one multipart put; S3 takes 10,000
_UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")
_BEGUN = "begun"


def open_object_store(url: str) -> "ObjectStoreBlobs":
    """Open ``s3://bucket/prefix``, ``gs://…`` or ``az://…``; credentials come from the environment.

    Raises Malformed ``object-store-url-invalid``. Nothing is sent yet: a wrong key shows at the first use.
    """
    if url.partition("://")[0] not in {"s3", "gs", "az", "memory"}:
        raise Malformed(
            "object-store-url-invalid", f"{url!r} is no object store", hint="write s3://BUCKET/PREFIX"
        )
    try:
        return ObjectStoreBlobs(obstore.store.from_url(url))
    except (obstore.exceptions.BaseError, ValueError) as error:
        raise Malformed(
            "object-store-url-invalid", f"{url!r} cannot be opened: {str(error).partition(chr(10))[0]}"
        ) from error


class ObjectStoreBlobs:
    """A BlobStore in one bucket, below the prefix that ``store`` was made with."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._busy: set[str] = set()

    def stat(self, digest: Digest) -> int | None:
        """Return the size in bytes, or None where the content is not here."""
        with _translated():
            try:
                return int(obstore.head(self._store, _key(digest))["size"])
            except FileNotFoundError:
                return None

    def read(self, digest: Digest, *, start: int = 0, stop: int | None = None) -> "_Stream":
        """Open a range of the content."""
        size = self.stat(digest)
        if size is None:
            raise _unknown_blob(digest)
        stop = size if stop is None else min(stop, size)
        if start >= stop:
            return _Stream(iter(()))
        with _translated():
            try:
                found = obstore.get(self._store, _key(digest), options={"range": (start, stop)})
            except FileNotFoundError as error:
                raise _unknown_blob(digest) from error
            return _Stream(iter(found.stream(min_chunk_size=CHUNK_BYTES)))

    def create_upload(self, upload_id: str) -> None:
        """Begin an empty upload."""
        with _translated():
            try:
                obstore.put(self._store, _upload_key(upload_id, _BEGUN), b"", mode="create")
            except (AlreadyExistsError, PreconditionError) as error:
                raise Conflict("upload-exists", "an upload of this id is already under way") from error

    def upload_offset(self, upload_id: str) -> int:
        """Return how many bytes an upload has."""
        return sum(size for _, size in self._segments(upload_id))

    def open_upload(self, upload_id: str) -> "_Writer":
        """Open an upload at its end."""
        self._take(upload_id)
        try:
            return _Writer(self, upload_id, self.upload_offset(upload_id))
        except BaseException:
            self._release(upload_id)
            raise

    def finish_upload(self, upload_id: str, digest: Digest) -> int:
        """Verify an upload and make it visible."""
        self._take(upload_id)
        try:
            segments = self._segments(upload_id)
            try:
                size = self._compose(segments, digest)
            finally:
                self._remove(upload_id, segments)
        finally:
            self._release(upload_id)
        return size

    def upload_file(self, upload_id: str) -> str | None:  # noqa: ARG002 -- the port's name
        """There is no such file."""
        return None

    def put_all(self, contents: Mapping[Digest, bytes]) -> None:
        """Make several contents visible, side by side."""
        put_side_by_side(self, contents)

    def abort_upload(self, upload_id: str) -> None:
        """Remove an upload."""
        self._take(upload_id)
        try:
            self._remove(upload_id, self._segments(upload_id))
        finally:
            self._release(upload_id)

    def iter_uploads(self) -> Iterator[PendingUpload]:
        """Every upload under way."""
        sizes: dict[str, int] = {}
        touched: dict[str, datetime] = {}
        begun: set[str] = set()
        with _translated():
            for page in obstore.list(self._store, prefix="uploads/"):
                for entry in page:
                    upload_id, name = entry["path"].split("/")[1:3]
                    if name == _BEGUN:
                        begun.add(upload_id)
                    sizes[upload_id] = sizes.get(upload_id, 0) + entry["size"]
                    at = entry["last_modified"]
                    touched[upload_id] = max(at, touched.get(upload_id, at))
        for upload_id, size in sizes.items():
            if upload_id in begun:  # the others are strays
                yield PendingUpload(upload_id, size, touched[upload_id])

    def stored_at(self, digest: Digest) -> datetime | None:
        """When the content was last made visible, by the store's clock."""
        with _translated():
            try:
                found: datetime = obstore.head(self._store, _key(digest))["last_modified"]
            except FileNotFoundError:
                return None
        return found

    def delete(self, digest: Digest, *, stored_before: datetime | None = None) -> bool:
        """Remove content."""
        stored = self.stored_at(digest)
        if stored is None or (stored_before is not None and stored >= stored_before):
            return False
        with _translated():
            obstore.delete(self._store, _key(digest))
        return True

    def quarantine(self, digest: Digest) -> bool:
        """Take content out of sight."""
        with _translated():
            try:
                obstore.copy(self._store, _key(digest), f"quarantine/{digest.algorithm}/{digest.hex}")
            except FileNotFoundError:
                return False
            obstore.delete(self._store, _key(digest))
        return True

    def iter_digests(self, *, after: Digest | None = None) -> Iterator[Digest]:
        """Every digest stored."""
        offset = _key(after) if after is not None else None
        with _translated():
            for page in obstore.list(self._store, prefix="blobs/", offset=offset):
                for entry in sorted(page, key=lambda entry: entry["path"]):
                    digest = _digest_of_key(entry["path"])
                    if digest is not None:
                        yield digest

    def iter_strays(self) -> Iterator[Stray]:
        """Keys that are nobody's, and segments of uploads that have lost their mark."""
        with _translated():
            for page in obstore.list(self._store, prefix="blobs/"):
                for entry in page:
                    if _digest_of_key(entry["path"]) is None:
                        yield _stray(entry)
            begun: set[str] = set()
            segments: list[Stray] = []
            for page in obstore.list(self._store, prefix="uploads/"):
                for entry in page:
                    if entry["path"].endswith(f"/{_BEGUN}"):
                        begun.add(entry["path"].split("/")[1])
                    else:
                        segments.append(_stray(entry))
        yield from (segment for segment in segments if segment.name.split("/")[1] not in begun)

    def remove_stray(self, name: str) -> bool:
        """Remove one of them."""
        if name not in {stray.name for stray in self.iter_strays()}:
            return False
        with _translated():
            obstore.delete(self._store, name)
        return True

    def local_path(self, digest: Digest) -> str | None:  # noqa: ARG002 -- the port's name for it
        """Nothing here is a file of this machine."""
        return None

    def direct_url(self, digest: Digest, *, valid: timedelta) -> str | None:
        """A signed URL, where the store has such."""
        if not isinstance(self._store, S3Store | GCSStore | AzureStore):
            return None
        with _translated():
            return obstore.sign(self._store, "GET", _key(digest), valid)

    def put_segment(self, upload_id: str, offset: int, content: bytes) -> None:
        """Put one segment, if nobody else has put one at its offset."""
        with _translated():
            try:
                obstore.put(
                    self._store,
                    _upload_key(upload_id, f"{offset:020}"),
                    content,
                    mode="create",
                    use_multipart=False,
                )
            except (AlreadyExistsError, PreconditionError) as error:
                raise Conflict("upload-busy", "another request is writing to this upload") from error

    def _segments(self, upload_id: str) -> list[tuple[str, int]]:
        """Keys and sizes of an upload's segments, in order."""
        prefix = _upload_key(upload_id, "")
        with _translated():
            entries = [entry for page in obstore.list(self._store, prefix=prefix) for entry in page]
        found = sorted((entry["path"], int(entry["size"])) for entry in entries)
        if not found or not found[-1][0].endswith(_BEGUN):  # digits sort before letters
            raise _unknown_upload()
        return found[:-1]

    def _compose(self, segments: list[tuple[str, int]], digest: Digest) -> int:
        """Write the blob of the segments, unless its digest is another one; return its size."""
        size = sum(length for _, length in segments)
        content = _verified(self._store, [key for key, _ in segments], digest)
        with _translated():
            if len(segments) <= 1:
                obstore.put(self._store, _key(digest), b"".join(content), use_multipart=False)
            else:
                part = max(SEGMENT_BYTES, size // _PARTS + 1)
                target = obstore.open_writer(self._store, _key(digest), buffer_size=part, max_concurrency=2)
                for segment in content:  # what is refused here is never completed, so it is never seen
                    target.write(segment)
                target.close()
        return size

    def _remove(self, upload_id: str, segments: list[tuple[str, int]]) -> None:
        # The mark goes first: without it the upload is gone for everybody, whatever of it is left.
        keys = [_upload_key(upload_id, _BEGUN), *(key for key, _ in segments)]
        with _translated():
            for key in keys:
                obstore.delete(self._store, key)

    def _take(self, upload_id: str) -> None:
        with self._lock:
            if upload_id in self._busy:
                raise Conflict("upload-busy", "another request is writing to this upload")
            self._busy.add(upload_id)

    def _release(self, upload_id: str) -> None:
        with self._lock:
            self._busy.discard(upload_id)

    def close_upload(self, upload_id: str) -> None:
        """Let the next writer in."""
        self._release(upload_id)


def _verified(store: ObjectStore, keys: list[str], digest: Digest) -> Iterator[bytes]:
    """The content of segments; ends in Malformed unless it has the digest."""
    running = hashlib.new(digest.algorithm, usedforsecurity=True)
    for key in keys:
        segment = bytes(obstore.get(store, key).bytes())
        running.update(segment)
        yield segment
    found = Digest(digest.algorithm, running.hexdigest())
    if found != digest:
        raise Malformed("digest-mismatch", f"the uploaded content has the digest {found}, not {digest}")


class _Writer:
    def __init__(self, blobs: ObjectStoreBlobs, upload_id: str, offset: int) -> None:
        self._blobs, self._upload_id = blobs, upload_id
        self._put = offset
        self._gathered = bytearray()
        self._closed = False

    @property
    def offset(self) -> int:
        return self._put + len(self._gathered)

    def write(self, chunk: bytes | bytearray | memoryview, /) -> None:
        if self._closed:
            raise ValueError("write to a closed upload")
        self._gathered += chunk
        while len(self._gathered) >= SEGMENT_BYTES:
            self._put_first(SEGMENT_BYTES)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            if self._gathered:
                self._put_first(len(self._gathered))
        finally:
            self._blobs.close_upload(self._upload_id)

    def _put_first(self, size: int) -> None:
        segment = bytes(memoryview(self._gathered)[:size])
        self._blobs.put_segment(self._upload_id, self._put, segment)
        self._put += size
        del self._gathered[:size]


class _Stream:
    """Cuts what the store sends to the size that readers are promised."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts: Iterator[bytes] = parts
        self._rest = memoryview(b"")

    def __iter__(self) -> "_Stream":
        return self

    def __next__(self) -> bytes:
        while not self._rest:
            with _translated():
                self._rest = memoryview(bytes(next(self._parts)))
        chunk = bytes(self._rest[:CHUNK_BYTES])
        self._rest = self._rest[CHUNK_BYTES:]
        return chunk

    def close(self) -> None:
        self._parts, self._rest = iter(()), memoryview(b"")


@contextmanager
def _translated() -> Iterator[None]:
    """Name the store's own failures by blame; what is not there is left to the caller."""
    try:
        yield
    except (AlreadyExistsError, PreconditionError, FileNotFoundError):
        raise
    except (BaseError, OSError) as error:
        raise Upstream(
            "blob-store-failed",
            f"the object store did not do its part: {_first_line(error)}",
            hint="try again; if it goes on, look at the store's address, credentials and log",
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]


def _key(digest: Digest) -> str:
    return f"blobs/{digest.algorithm}/{digest.hex[:2]}/{digest.hex}"


def _digest_of_key(key: str) -> Digest | None:
    """The digest whose key this is; None for a key that we would not write."""
    parts = key.split("/")
    try:
        digest = Digest.parse(f"{parts[1]}:{parts[-1]}")
    except (Malformed, IndexError):
        return None
    return digest if _key(digest) == key else None


def _stray(entry: Any) -> Stray:
    return Stray(entry["path"], int(entry["size"]), entry["last_modified"])


def _upload_key(upload_id: str, name: str) -> str:
    if not _UPLOAD_ID.match(upload_id):
        raise _unknown_upload()
    return f"uploads/{upload_id}/{name}"


def _unknown_upload() -> NotFound:
    return NotFound("upload-unknown", "there is no such upload: it ended, or never began")


def _unknown_blob(digest: Digest) -> NotFound:
    return NotFound("blob-unknown", f"there is no blob {digest}")
