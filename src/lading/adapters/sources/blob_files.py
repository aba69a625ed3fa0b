"""Blobs that lie in files of this machine: whole ones, or pieces of a larger file."""

import contextlib
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lading.foundation.errors import NotFound
from lading.oci.digest import Digest
from lading.ports.blob_store import CHUNK_BYTES, BlobStream


@dataclass(frozen=True, slots=True)
class Piece:
    """Where a blob lies. ``size`` is None where it goes to the end of the file."""

    path: Path
    offset: int = 0
    size: int | None = None


class BlobFiles:
    """A BlobReader over files that are named one by one, and a folder for those that are made on the way."""

    def __init__(self, folder: Path | None = None) -> None:
        self._pieces: dict[Digest, Piece] = {}
        self.folder = folder

    def add(self, digest: Digest, piece: Piece) -> None:
        """Say where a blob is. Whether it has this digest shows when it is read."""
        self._pieces[digest] = piece

    def add_content(self, content: bytes) -> Digest:
        """Keep a small blob that was made here."""
        digest = Digest.of(content)
        path = self.new_file()
        path.write_bytes(content)
        self.add(digest, Piece(path))
        return digest

    def new_file(self) -> Path:
        """A new empty file, which goes with the folder."""
        assert self.folder is not None
        descriptor, name = tempfile.mkstemp(dir=self.folder)
        with open(descriptor, "wb"):  # noqa: PTH123 - an open descriptor is closed
            return Path(name)

    def read(self, digest: Digest, *, start: int = 0, stop: int | None = None) -> BlobStream:
        """Open a part of a blob."""
        piece = self._piece(digest)
        file = piece.path.open("rb")
        file.seek(piece.offset + start)
        ends = [end - start for end in (piece.size, stop) if end is not None]
        return _chunks(file, min(ends) if ends else None)

    def local_path(self, digest: Digest) -> str | None:
        """The file, where the blob is all of it."""
        piece = self._piece(digest)
        return str(piece.path) if piece.offset == 0 and piece.size is None else None

    def _piece(self, digest: Digest) -> Piece:
        piece = self._pieces.get(digest)
        if piece is None or not piece.path.is_file():
            raise NotFound("blob-unknown", f"the image names {digest}, which is not there")
        return piece


def _chunks(file: BinaryIO, size: int | None) -> Generator[bytes, None, None]:
    with contextlib.closing(file):
        while size is None or size > 0:
            chunk = file.read(CHUNK_BYTES if size is None else min(size, CHUNK_BYTES))
            if not chunk:
                return
            if size is not None:
                size -= len(chunk)
            yield chunk
