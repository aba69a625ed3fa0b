"""Where content lies: addressed by digest, written once, never changed.

Every method blocks and may be called from any thread; the server calls them off its event loop. A store
knows nothing of repositories, names or rights.

Rules that every adapter keeps (tests/contract/test_blob_store.py):

1. A digest is visible only when all of its content is stored durably and was verified against it.
2. An upload is appended to by one writer at a time; a second one is refused with Conflict.
3. What a closed writer wrote survives the process: ``upload_offset`` tells how much there is.
4. ``finish_upload`` either makes the content visible under the digest that it verified, or removes the
   upload and raises Malformed: wrong content never waits for a second opinion.
5. Finishing content that is already stored succeeds, and readers of the old copy are not disturbed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from lading.oci.digest import Digest

CHUNK_BYTES = 1 << 20  # the most that a reader hands over, and what a writer is best given, at once


@dataclass(frozen=True, slots=True)
class PendingUpload:
    """An upload that was neither finished nor aborted."""

    id: str
    offset: int  # bytes
    touched_at: datetime  # when it was created or last written to


@dataclass(frozen=True, slots=True)
class Stray:
    """Something in the store that nobody can ask for: what a crash left, or what somebody put there."""

    name: str  # as the store names its things: a path, a key
    size: int  # bytes
    touched_at: datetime


class BlobStream(Protocol):
    """Content in order, in chunks of at most ``CHUNK_BYTES``. Close it, also when it was read to the end."""

    def __iter__(self) -> Iterator[bytes]:
        """Return itself."""
        ...

    def __next__(self) -> bytes:
        """Give the next chunk, never an empty one."""
        ...

    def close(self) -> None:
        """Let go of what stands behind; harmless to repeat."""
        ...


class UploadWriter(Protocol):
    """The one writer of an upload. Close it, also after an error."""

    @property
    def offset(self) -> int:
        """How many bytes the upload has, with all that was written here."""
        ...

    def write(self, chunk: bytes | bytearray | memoryview, /) -> None:
        """Append; the chunk may be reused by the caller afterwards."""
        ...

    def close(self) -> None:
        """Make what was written last, and let the next writer in; harmless to repeat."""
        ...


class BlobReader(Protocol):
    """Content by digest that is only read: a store, or an image that lies somewhere else."""

    def read(self, digest: Digest, *, start: int = 0, stop: int | None = None) -> BlobStream:
        """Open the bytes from ``start`` to before ``stop`` (None: the end). Raises NotFound at once."""
        ...

    def local_path(self, digest: Digest) -> str | None:
        """Where the content lies as a plain file that the kernel can send, or None."""
        ...


class BlobStore(Protocol):
    """Content by digest, and the uploads that become content."""

    def stat(self, digest: Digest) -> int | None:
        """Return the size in bytes, or None where the content is not here."""
        ...

    def read(self, digest: Digest, *, start: int = 0, stop: int | None = None) -> BlobStream:
        """Open the bytes from ``start`` to before ``stop`` (None: the end). Raises NotFound at once."""
        ...

    def create_upload(self, upload_id: str) -> None:
        """Begin an empty upload. Raises Conflict where one of this id is under way."""
        ...

    def upload_offset(self, upload_id: str) -> int:
        """Return how many bytes an upload has. Raises NotFound."""
        ...

    def open_upload(self, upload_id: str) -> UploadWriter:
        """Open an upload at its end. Raises NotFound, or Conflict while another writer has it open."""
        ...

    def finish_upload(self, upload_id: str, digest: Digest) -> int:
        """Verify an upload, make it visible under ``digest`` and return its size.

        Raises Malformed ``digest-mismatch`` (and removes the upload) when the content has another digest,
        NotFound, or Conflict while a writer has it open.
        """
        ...

    def upload_file(self, upload_id: str) -> str | None:
        """Where the bytes of an upload gather as a plain file that can be read while more come, or None.

        Who has it open when the upload is finished goes on reading the content.
        """
        ...

    def put_all(self, contents: Mapping[Digest, bytes]) -> None:
        """Make several small contents visible, durably, in little more time than one takes.

        Raises Malformed ``digest-mismatch``. Where it fails, some may be visible already.
        """
        ...

    def abort_upload(self, upload_id: str) -> None:
        """Remove an upload. Raises NotFound, or Conflict while a writer has it open."""
        ...

    def iter_uploads(self) -> Iterator[PendingUpload]:
        """Every upload under way, in no order."""
        ...

    def stored_at(self, digest: Digest) -> datetime | None:
        """When the content was last made visible, by the store's own clock; None where it is not here."""
        ...

    def delete(self, digest: Digest, *, stored_before: datetime | None = None) -> bool:
        """Remove content; return whether it was here and is gone. What was stored at ``stored_before`` or
        later stays."""
        ...

    def quarantine(self, digest: Digest) -> bool:
        """Take content out of sight without destroying it; return whether it was here.

        From then on it is as if it were not here, until the same digest is finished again.
        """
        ...

    def iter_digests(self, *, after: Digest | None = None) -> Iterator[Digest]:
        """Every digest stored, in the order of their text, from beyond ``after``; what is added or removed
        meanwhile may or may not be seen."""
        ...

    def iter_strays(self) -> Iterator[Stray]:
        """What lies in the store and is neither content nor an upload nor in quarantine, in no order."""
        ...

    def remove_stray(self, name: str) -> bool:
        """Remove what ``iter_strays`` has named; return whether it was here and still was a stray."""
        ...

    def local_path(self, digest: Digest) -> str | None:
        """Where the content lies as a plain file that the kernel can send, or None."""
        ...

    def direct_url(self, digest: Digest, *, valid: timedelta) -> str | None:
        """A URL that gives the content to whoever holds it, for a while; None where there is none."""
        ...
