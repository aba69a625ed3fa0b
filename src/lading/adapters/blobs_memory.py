"""Blobs in memory: for tests and for a registry that forgets."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lading.adapters.blobs_side_by_side import put_side_by_side
from lading.foundation.errors import Conflict, Malformed, NotFound
from lading.oci.digest import Digest
from lading.ports.blob_store import CHUNK_BYTES, PendingUpload, Stray


class MemoryBlobs:
    """A BlobStore that lasts as long as the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blobs: dict[Digest, _Blob] = {}
        self._quarantine: dict[Digest, _Blob] = {}
        self._uploads: dict[str, _Upload] = {}

    def stat(self, digest: Digest) -> int | None:
        """Return the size in bytes, or None where the content is not here."""
        found = self._blobs.get(digest)
        return None if found is None else len(found.content)

    def read(self, digest: Digest, *, start: int = 0, stop: int | None = None) -> "_Stream":
        """Open a range of the content."""
        found = self._blobs.get(digest)
        if found is None:
            raise NotFound("blob-unknown", f"there is no blob {digest}")
        content = found.content
        return _Stream(content, start, len(content) if stop is None else min(stop, len(content)))

    def create_upload(self, upload_id: str) -> None:
        """Begin an empty upload."""
        with self._lock:
            if upload_id in self._uploads:
                raise Conflict("upload-exists", "an upload of this id is already under way")
            self._uploads[upload_id] = _Upload()

    def upload_offset(self, upload_id: str) -> int:
        """Return how many bytes an upload has."""
        with self._lock:
            return len(self._find(upload_id).content)

    def open_upload(self, upload_id: str) -> "_Writer":
        """Open an upload at its end."""
        with self._lock:
            return _Writer(self._take(upload_id))

    def finish_upload(self, upload_id: str, digest: Digest) -> int:
        """Verify an upload and make it visible."""
        with self._lock:
            upload = self._take(upload_id)
            del self._uploads[upload_id]
        content = bytes(upload.content)
        found = Digest.of(content, digest.algorithm)
        if found != digest:
            raise Malformed("digest-mismatch", f"the uploaded content has the digest {found}, not {digest}")
        self._blobs[digest] = _Blob(content, datetime.now(UTC))
        return len(content)

    def upload_file(self, upload_id: str) -> str | None:  # noqa: ARG002 -- the port's name
        """There is no such file."""
        return None

    def put_all(self, contents: Mapping[Digest, bytes]) -> None:
        """Make several contents visible, side by side."""
        put_side_by_side(self, contents)

    def abort_upload(self, upload_id: str) -> None:
        """Remove an upload."""
        with self._lock:
            self._take(upload_id)
            del self._uploads[upload_id]

    def iter_uploads(self) -> Iterator[PendingUpload]:
        """Every upload under way."""
        with self._lock:
            uploads = list(self._uploads.items())
        for upload_id, upload in uploads:
            yield PendingUpload(upload_id, len(upload.content), upload.touched_at)

    def stored_at(self, digest: Digest) -> datetime | None:
        """When the content was last made visible."""
        found = self._blobs.get(digest)
        return None if found is None else found.stored_at

    def delete(self, digest: Digest, *, stored_before: datetime | None = None) -> bool:
        """Remove content."""
        with self._lock:
            found = self._blobs.get(digest)
            if found is None or (stored_before is not None and found.stored_at >= stored_before):
                return False
            del self._blobs[digest]
            return True

    def quarantine(self, digest: Digest) -> bool:
        """Take content out of sight."""
        with self._lock:
            found = self._blobs.pop(digest, None)
            if found is not None:
                self._quarantine[digest] = found
            return found is not None

    def damage(self, digest: Digest, content: bytes) -> None:
        """Put other bytes under a digest, as a failing disk does. No other store can be asked for that."""
        with self._lock:
            self._blobs[digest] = _Blob(content, datetime.now(UTC))

    def iter_digests(self, *, after: Digest | None = None) -> Iterator[Digest]:
        """Every digest stored."""
        yield from (each for each in sorted(self._blobs.copy(), key=str) if str(each) > str(after or ""))

    def iter_strays(self) -> Iterator[Stray]:
        """Nothing else can be put here."""
        return iter(())

    def remove_stray(self, name: str) -> bool:  # noqa: ARG002 -- the port's name for it
        """There are none."""
        return False

    def local_path(self, digest: Digest) -> str | None:  # noqa: ARG002 -- the port's name for it
        """Nothing here is a file."""
        return None

    def direct_url(self, digest: Digest, *, valid: timedelta) -> str | None:  # noqa: ARG002 -- as above
        """Nothing here has an address."""
        return None

    def _find(self, upload_id: str) -> "_Upload":
        upload = self._uploads.get(upload_id)
        if upload is None:
            raise NotFound("upload-unknown", "there is no such upload: it ended, or never began")
        return upload

    def _take(self, upload_id: str) -> "_Upload":
        upload = self._find(upload_id)
        if upload.busy:
            raise Conflict("upload-busy", "another request is writing to this upload")
        upload.busy = True
        return upload


@dataclass(frozen=True, slots=True)
class _Blob:
    content: bytes
    stored_at: datetime


class _Upload:
    def __init__(self) -> None:
        self.content = bytearray()
        self.busy = False
        self.touched_at = datetime.now(UTC)


class _Writer:
    def __init__(self, upload: _Upload) -> None:
        self._upload: _Upload | None = upload
        self._offset = len(upload.content)

    @property
    def offset(self) -> int:
        return self._offset

    def write(self, chunk: bytes | bytearray | memoryview, /) -> None:
        if self._upload is None:
            raise ValueError("write to a closed upload")
        self._upload.content += chunk
        self._upload.touched_at = datetime.now(UTC)
        self._offset = len(self._upload.content)

    def close(self) -> None:
        if self._upload is not None:
            self._upload.busy = False
            self._upload = None


class _Stream:
    def __init__(self, content: bytes, start: int, stop: int) -> None:
        self._content, self._at, self._stop = content, start, stop

    def __iter__(self) -> "_Stream":
        return self

    def __next__(self) -> bytes:
        stop = min(self._at + CHUNK_BYTES, self._stop)
        if self._at >= stop:
            raise StopIteration
        chunk = self._content[self._at : stop]
        self._at = stop
        return chunk

    def close(self) -> None:
        self._at = self._stop
