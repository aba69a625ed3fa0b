"""The data folder of a small installation: what lies where, and one server at a time.

lading.db      records (SQLite, with -wal and -shm beside it)
jobs.db        the job engine's own database
blobs/         content by digest
feeds/         files of feeds as they were fetched
keys/          token.pem, signing.pem, signing.pub: mode 0600, made at the first start
server.lock    held while a server runs
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from lading.foundation.errors import Conflict, Malformed


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Paths inside the folder."""

    root: Path

    @property
    def records(self) -> Path:
        """The SQLite file."""
        return self.root / "lading.db"

    @property
    def jobs(self) -> Path:
        """The job engine's SQLite file."""
        return self.root / "jobs.db"

    @property
    def blobs(self) -> Path:
        """Content by digest."""
        return self.root / "blobs"

    @property
    def feeds(self) -> Path:
        """Files of feeds, as they were fetched."""
        return self.root / "feeds"

    @property
    def keys(self) -> Path:
        """Private keys."""
        return self.root / "keys"


class FolderLock:
    """Holds the folder until it is closed or the process ends, however it ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def close(self) -> None:
        """Let the next server have the folder."""
        # Unlocked first: a child that was forked and has not reached its exec holds a copy of the descriptor.
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)


def open_data_folder(path: str) -> tuple[DataFolder, FolderLock]:
    """Make the folder where it is missing, and take it.

    Raises Conflict ``data-folder-in-use``: two servers would each take up the jobs that the other has under
    way. Raises Malformed ``data-folder-invalid`` where it cannot be made or written.
    """
    folder = DataFolder(Path(path).expanduser().absolute())
    try:
        folder.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.keys.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(folder.root / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Malformed(
            "data-folder-invalid",
            f"the data folder {folder.root} cannot be used: {error.strerror}",
            hint="name another with LADING_DATA__FOLDER, or data.folder in the settings file",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 32).decode(errors="replace").strip()
        os.close(descriptor)
        raise Conflict(
            "data-folder-in-use",
            f"another server (process {holder or 'unknown'}) is using {folder.root}",
            hint="stop it first, or name another folder with LADING_DATA__FOLDER",
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return folder, FolderLock(descriptor)
