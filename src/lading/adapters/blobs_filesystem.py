"""Blobs as plain files of one folder, safe against kill -9 and loss of power at any moment.

    path under the root            what it is                                        written by
    blobs/sha256/ab/ab12…          whole content, digest verified; never changes     rename from uploads/
    blobs/sha512/cd/cd34…          the same, another algorithm                       rename from uploads/
    uploads/<upload id>            the bytes that arrived so far, in order           appending
    quarantine/sha256/ab12…        content that was found corrupt, for people        rename from blobs/

1. Bytes go to uploads/ and are digested as they pass; nothing under blobs/ is ever opened for writing.
2. To finish: the digest is compared, the file fsynced, then renamed into blobs/, then the folder of the
   blob fsynced. Only after that is the caller told. A crash before the rename leaves an upload that can be
   resumed; a crash after it leaves a whole blob.
3. The writer of an upload holds flock on its file, so several server processes can share one folder and a
   killed one holds nothing back.
4. A file's time is when it was last written to in uploads/, and when it was published under blobs/: what has
   just been published is never taken for old.
5. The digest of the bytes so far is kept in memory between requests. When it is lost (restart) or not ours
   (another process wrote meanwhile), it is computed again from the file.
"""

import errno
import fcntl
import hashlib
import itertools
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn, Protocol

from lading.adapters.blobs_side_by_side import put_side_by_side
from lading.foundation.errors import Conflict, Malformed, NotFound, Upstream
from lading.oci.digest import HEX_LENGTHS, Digest
from lading.ports.blob_store import CHUNK_BYTES, PendingUpload, Stray

_UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")
_KEPT_DIGESTS = 4096  # running digests kept between requests; some 300 bytes each
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class FilesystemBlobs:
    """A BlobStore in one folder, which it creates. The folder must be on one local file system."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._blobs = root / "blobs"
        self._uploads = root / "uploads"
        self._quarantine = root / "quarantine"
        self._running = _RunningDigests()
        self._folders: set[Path] = set()
        for folder in (self._blobs, self._uploads):
            _make_folder(folder)

    def stat(self, digest: Digest) -> int | None:
        """Return the size in bytes, or None where the content is not here."""
        try:
            return self._path(digest).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, digest: Digest, *, start: int = 0, stop: int | None = None) -> "_Stream":
        """Open a range of the content."""
        try:
            descriptor = os.open(self._path(digest), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise NotFound("blob-unknown", f"there is no blob {digest}") from error
        size = os.fstat(descriptor).st_size
        return _Stream(descriptor, start, size if stop is None else min(stop, size))

    def create_upload(self, upload_id: str) -> None:
        """Begin an empty upload."""
        try:
            self._upload_path(upload_id).touch(mode=0o640, exist_ok=False)
        except FileExistsError as error:
            raise Conflict("upload-exists", "an upload of this id is already under way") from error
        except OSError as error:
            _refuse(error)
        self._running.keep(upload_id, 0, hashlib.sha256())

    def upload_offset(self, upload_id: str) -> int:
        """Return how many bytes an upload has."""
        try:
            return self._upload_path(upload_id).stat().st_size
        except FileNotFoundError as error:
            raise _unknown_upload() from error

    def open_upload(self, upload_id: str) -> "_Writer":
        """Open an upload at its end."""
        descriptor = self._lock(upload_id)
        try:
            offset = os.fstat(descriptor).st_size
            digest = self._running.take(upload_id, offset) or _digest_of(descriptor, "sha256", offset)
        except BaseException:
            _release(descriptor)
            raise
        return _Writer(descriptor, offset, digest, lambda at: self._running.keep(upload_id, at, digest))

    def finish_upload(self, upload_id: str, digest: Digest) -> int:
        """Verify an upload and make it visible."""
        upload = self._upload_path(upload_id)
        descriptor = self._lock(upload_id)
        try:
            size = os.fstat(descriptor).st_size
            running = self._running.take(upload_id, size) if digest.algorithm == "sha256" else None
            running = running or _digest_of(descriptor, digest.algorithm, size)
            found = Digest(digest.algorithm, running.hexdigest())
            if found != digest:
                upload.unlink()
                raise Malformed(
                    "digest-mismatch", f"the uploaded content has the digest {found}, not {digest}"
                )
            os.utime(descriptor)
            os.fsync(descriptor)
            self._publish(upload, digest)
        except OSError as error:
            _refuse(error)
        finally:
            _release(descriptor)
        return size

    def upload_file(self, upload_id: str) -> str | None:
        """Where the bytes of an upload gather."""
        return str(self._upload_path(upload_id))

    def put_all(self, contents: Mapping[Digest, bytes]) -> None:
        """Make several contents visible, side by side."""
        put_side_by_side(self, contents)

    def abort_upload(self, upload_id: str) -> None:
        """Remove an upload."""
        descriptor = self._lock(upload_id)
        try:
            self._upload_path(upload_id).unlink()
            self._running.forget(upload_id)
        finally:
            _release(descriptor)

    def iter_uploads(self) -> Iterator[PendingUpload]:
        """Every upload under way."""
        for path in self._uploads.iterdir():
            if not _UPLOAD_ID.match(path.name):  # a stray
                continue
            with suppress(FileNotFoundError):  # it ended while we were looking
                status = path.stat()
                yield PendingUpload(path.name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def stored_at(self, digest: Digest) -> datetime | None:
        """When the content was last made visible."""
        try:
            return datetime.fromtimestamp(self._path(digest).stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    def delete(self, digest: Digest, *, stored_before: datetime | None = None) -> bool:
        """Remove content. Not synced: what a loss of power brings back is only removed again."""
        if stored_before is not None:
            stored = self.stored_at(digest)
            if stored is None or stored >= stored_before:
                return False
        try:
            self._path(digest).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            _refuse(error)
        return True

    def quarantine(self, digest: Digest) -> bool:
        """Take content out of sight."""
        target = self._quarantine / digest.algorithm / digest.hex
        _make_folder(target.parent)
        try:
            self._path(digest).rename(target)
        except FileNotFoundError:
            return False
        except OSError as error:
            _refuse(error)
        _sync_folder(target.parent)
        _sync_folder(self._path(digest).parent)
        return True

    def iter_digests(self, *, after: Digest | None = None) -> Iterator[Digest]:
        """Every digest stored."""
        for digest, _ in self._iter_places(after):
            if digest is not None:
                yield digest

    def iter_strays(self) -> Iterator[Stray]:
        """Files that have no digest for a name, and what stands where no upload can be."""
        unnamed = [path for digest, path in self._iter_places(None) if digest is None]
        for path in itertools.chain(unnamed, self._uploads.iterdir()):
            if path.parent == self._uploads and _UPLOAD_ID.match(path.name):
                continue
            with suppress(FileNotFoundError):
                status = path.stat()
                touched = datetime.fromtimestamp(status.st_mtime, UTC)
                yield Stray(str(path.relative_to(self._root)), status.st_size, touched)

    def remove_stray(self, name: str) -> bool:
        """Remove one of them."""
        if name not in {stray.name for stray in self.iter_strays()}:
            return False
        path = self._root / name
        if path.is_dir():  # somebody put it there; what is in it is theirs to remove
            return False
        path.unlink(missing_ok=True)
        return True

    def local_path(self, digest: Digest) -> str | None:
        """Where the content lies, or None where it is not here."""
        path = self._path(digest)
        return str(path) if path.is_file() else None

    def direct_url(self, digest: Digest, *, valid: timedelta) -> str | None:  # noqa: ARG002 -- the port's name
        """A plain file has no address of its own."""
        return None

    def _iter_places(self, after: Digest | None) -> Iterator[tuple[Digest | None, Path]]:
        """Everything below blobs/ in the order of digests, with the digest where the place is one's own."""
        for algorithm in sorted(HEX_LENGTHS):
            for prefix in _listed(self._blobs / algorithm):
                for path in _listed(prefix):
                    digest = Digest(algorithm, path.name)
                    if after is not None and str(digest) <= str(after):
                        continue
                    well_named = _is_hex(path.name, HEX_LENGTHS[algorithm]) and path == self._path(digest)
                    yield digest if well_named else None, path

    def _path(self, digest: Digest) -> Path:
        return self._blobs / digest.algorithm / digest.hex[:2] / digest.hex

    def _upload_path(self, upload_id: str) -> Path:
        if not _UPLOAD_ID.match(upload_id):  # nothing that a path could climb on
            raise _unknown_upload()
        return self._uploads / upload_id

    def _lock(self, upload_id: str) -> int:
        """Open an upload's file for reading and appending, and lock it."""
        path = self._upload_path(upload_id)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise _unknown_upload() from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Between open and flock the upload may have been finished: then this file is a blob by now.
            if not os.path.samestat(os.fstat(descriptor), path.stat()):
                raise _unknown_upload()
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                raise Conflict("upload-busy", "another request is writing to this upload") from error
            if isinstance(error, FileNotFoundError):
                raise _unknown_upload() from error
            raise
        return descriptor

    def _publish(self, upload: Path, digest: Digest) -> None:
        target = self._path(digest)
        if target.parent not in self._folders:
            _make_folder(target.parent.parent)
            _make_folder(target.parent)
            self._folders.add(target.parent)
        upload.rename(target)
        _sync_folder(target.parent)


class _Hash(Protocol):
    def update(self, content: bytes | bytearray | memoryview, /) -> None: ...
    def hexdigest(self) -> str: ...


class _RunningDigests:
    """SHA-256 of the uploads that this process wrote last, each with the offset that it stands at."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[int, _Hash]] = OrderedDict()

    def keep(self, upload_id: str, offset: int, digest: _Hash) -> None:
        with self._lock:
            self._kept[upload_id] = (offset, digest)
            if len(self._kept) > _KEPT_DIGESTS:
                self._kept.popitem(last=False)

    def take(self, upload_id: str, offset: int) -> _Hash | None:
        """Hand the digest over to a writer, if it stands exactly at ``offset``."""
        with self._lock:
            at, digest = self._kept.pop(upload_id, (-1, None))
        return digest if at == offset else None

    def forget(self, upload_id: str) -> None:
        with self._lock:
            self._kept.pop(upload_id, None)


class _Writer:
    def __init__(self, descriptor: int, offset: int, digest: _Hash, keep: Callable[[int], None]) -> None:
        self._descriptor, self._offset, self._digest, self._keep = descriptor, offset, digest, keep

    @property
    def offset(self) -> int:
        return self._offset

    def write(self, chunk: bytes | bytearray | memoryview, /) -> None:
        if self._descriptor < 0:
            raise ValueError("write to a closed upload")
        rest = memoryview(chunk)
        try:
            while rest:
                written = os.write(self._descriptor, rest)
                self._digest.update(rest[:written])
                self._offset += written
                rest = rest[written:]
        except OSError as error:
            _refuse(error)

    def close(self) -> None:
        if self._descriptor >= 0:
            self._keep(self._offset)
            _release(self._descriptor)
            self._descriptor = -1


class _Stream:
    def __init__(self, descriptor: int, start: int, stop: int) -> None:
        self._descriptor, self._at, self._stop = descriptor, start, stop

    def __iter__(self) -> "_Stream":
        return self

    def __next__(self) -> bytes:
        if self._at >= self._stop or self._descriptor < 0:
            raise StopIteration
        chunk = os.pread(self._descriptor, min(CHUNK_BYTES, self._stop - self._at), self._at)
        if not chunk:
            raise Upstream("blob-truncated", "a stored blob is shorter than it was when it was opened")
        self._at += len(chunk)
        return chunk

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        self.close()


def _listed(folder: Path) -> list[Path]:
    """What is in a folder, by name; nothing where there is no such folder."""
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_hex(text: str, length: int) -> bool:
    return len(text) == length and not set(text) - set("0123456789abcdef")


def _release(descriptor: int) -> None:
    """Unlock and close. Closing alone would not unlock: a child that was just forked, and has not reached its
    exec, holds a copy of the descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def _digest_of(descriptor: int, algorithm: str, size: int) -> _Hash:
    digest = hashlib.new(algorithm, usedforsecurity=True)
    at = 0
    while at < size:
        chunk = os.pread(descriptor, min(CHUNK_BYTES, size - at), at)
        if not chunk:
            raise Upstream("blob-store-failed", "an upload became shorter while it was being read")
        digest.update(chunk)
        at += len(chunk)
    return digest


def _make_folder(folder: Path) -> None:
    """Create a folder so that it is still there after a loss of power."""
    folder.mkdir(parents=True, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unknown_upload() -> NotFound:
    return NotFound("upload-unknown", "there is no such upload: it ended, or never began")


def _refuse(error: OSError) -> NoReturn:
    if error.errno in _FULL:
        raise Upstream(
            "blob-store-full", "the disk of the blob store is full", hint="free space, then push again"
        ) from error
    raise Upstream("blob-store-failed", f"the blob store cannot write: {error.strerror}") from error
