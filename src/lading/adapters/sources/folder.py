"""A folder or a file of this machine as a layer: what a builder would make of it, without reading it twice.

Links are listed and never followed, so nothing outside of the folder is read; other file systems that are
mounted below it (``/proc``) are left out. The archive is made in the order of the names, with no times and no
names of users, so that the same content is the same layer.
"""

import hashlib
import os
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from lading.adapters.sources.blob_files import BlobFiles, Piece
from lading.adapters.sources.made_image import image_of_layer
from lading.oci.digest import Digest
from lading.ports.image_source import OpenedImage, SourceKind

_CAPABILITY = "security.capability"


def open_folder(folder: Path, blobs: BlobFiles) -> OpenedImage:
    """Make an image of a folder, which becomes the root."""
    return _made(str(folder), SourceKind.FOLDER, folder, blobs)


def open_single_file(file: Path, blobs: BlobFiles) -> OpenedImage:
    """Make an image of one file, which stands in the root."""
    return _made(str(file), SourceKind.FILE, file, blobs)


def _made(name: str, kind: SourceKind, root: Path, blobs: BlobFiles) -> OpenedImage:
    path = blobs.new_file()
    unread: list[tuple[str, str]] = []
    with path.open("wb") as raw:
        out = _Digesting(raw)
        with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 20) as archive:  # type: ignore[call-overload]  # it only writes
            if kind is SourceKind.FILE:
                _add(archive, root, root.name, unread)
            else:
                for inside, where in _walk(root, unread):
                    _add(archive, where, inside, unread)
    digest = Digest("sha256", out.digest.hexdigest())
    blobs.add(digest, Piece(path))
    return replace(image_of_layer(name, kind, blobs, (digest, out.size)), unread=tuple(unread))


class _Digesting:
    """A file that knows the digest of what was written."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, chunk: bytes) -> int:
        self.digest.update(chunk)
        self.size += len(chunk)
        return self._raw.write(chunk)


def _walk(root: Path, unread: list[tuple[str, str]]) -> Iterator[tuple[str, Path]]:
    """Every path below the root, in order, on the root's own file system."""
    device = root.lstat().st_dev
    waiting = [("", root)]
    while waiting:
        inside, folder = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            unread.append((inside, f"the folder could not be opened: {error.strerror}"))
            continue
        folders = []
        for entry in reversed(entries):
            name = f"{inside}/{entry.name}" if inside else entry.name
            try:
                if entry.stat(follow_symlinks=False).st_dev != device:
                    continue
                yield name, Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    folders.append((name, Path(entry.path)))
            except FileNotFoundError:
                continue  # it went while we looked
        waiting += reversed(folders)


def _add(archive: tarfile.TarFile, path: Path, name: str, unread: list[tuple[str, str]]) -> None:
    try:
        if path.is_socket():  # no archive holds one
            return
        info = archive.gettarinfo(path, name)
        content = path.open("rb") if info.isreg() or info.islnk() else None
    except FileNotFoundError:
        return  # it went while we looked
    except OSError as error:
        unread.append((name, f"the file could not be opened: {error.strerror}"))
        return
    info.mtime = 0
    info.uname = info.gname = ""
    if info.islnk():  # a second name of a file: as content, so that none depends on the order
        info.type, info.linkname = tarfile.REGTYPE, ""
    if content is None:
        archive.addfile(info)
        return
    with content:
        capability = _capability(content)
        if capability:
            text = capability.decode("utf-8", "surrogateescape")
            info.pax_headers = {"SCHILY.xattr.security.capability": text}
        info.size = os.fstat(content.fileno()).st_size
        archive.addfile(info, _Exactly(content, info.size))


class _Exactly:
    """As many bytes as were promised, whatever happens to the file meanwhile."""

    def __init__(self, content: IO[bytes], size: int) -> None:
        self._content = content
        self._left = size

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        part = self._content.read(wanted)
        self._left -= wanted
        return part + bytes(wanted - len(part))


def _capability(file: IO[bytes]) -> bytes:
    if not hasattr(os, "getxattr"):
        return b""
    try:
        return os.getxattr(file.fileno(), _CAPABILITY)
    except OSError:
        return b""
