"""Archives of `docker save` and `podman save`: the old form by manifest.json, the new one an OCI layout.

Layers are read where they lie in the archive; nothing is unpacked, and no name in it becomes a path here.
"""

import gzip
import json
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lading.adapters.sources.blob_files import BlobFiles, Piece
from lading.adapters.sources.made_image import image_of_layers
from lading.adapters.sources.oci_layout import choose_manifest
from lading.foundation.errors import Malformed, NotFound, OverLimit
from lading.oci.config import MAX_CONFIG_BYTES, parse_config
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.oci.manifest import MAX_ENTRIES, MAX_MANIFEST_BYTES
from lading.ports.image_source import OpenedImage, SourceKind

_MAX_MEMBERS = 10 * MAX_ENTRIES
_MAX_UNPACKED = 64 << 30  # bytes of an archive that came compressed
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class _Members:
    """Where the members of an archive lie in its file."""

    path: Path
    by_name: dict[str, tuple[int, int]]  # offset and size

    def piece(self, name: str) -> Piece:
        if name not in self.by_name:
            raise Malformed("archive-invalid", f"the archive names {name[:200]!r}, which is not in it")
        offset, size = self.by_name[name]
        return Piece(self.path, offset, size)

    def content(self, name: str, most: int) -> bytes:
        piece = self.piece(name)
        assert piece.size is not None
        if piece.size > most:
            raise OverLimit("archive-too-large", f"{name[:200]} in the archive has more than {most} bytes")
        with self.path.open("rb") as file:
            file.seek(piece.offset)
            return file.read(piece.size)


def open_archive(path: Path, platform: Platform, blobs: BlobFiles, *, tag: str = "") -> OpenedImage | None:
    """Open an archive; None where it is none of these two forms. Raises Malformed, NotFound, OverLimit."""
    members = _list_members(_uncompressed(path, blobs))
    if members is None:
        return None
    if "index.json" in members.by_name and "oci-layout" in members.by_name:
        return _as_layout(path.name, members, platform, blobs, tag)
    if "manifest.json" in members.by_name:
        return _as_saved(path.name, members, blobs, tag)
    return None


def _uncompressed(path: Path, blobs: BlobFiles) -> Path:
    with path.open("rb") as file:
        if file.read(2) != _GZIP:
            return path
    plain = blobs.new_file()
    try:
        with gzip.open(path) as packed, plain.open("wb") as out:
            shutil.copyfileobj(_Bounded(packed), out, 1 << 20)
    except (OSError, EOFError) as error:
        raise Malformed("archive-invalid", f"{path.name} is cut off or broken: {error}") from error
    return plain


class _Bounded:
    """A reader that refuses to give too much."""

    def __init__(self, packed: gzip.GzipFile) -> None:
        self._packed = packed
        self._left = _MAX_UNPACKED

    def read(self, size: int = -1) -> bytes:
        part = self._packed.read(size)
        self._left -= len(part)
        if self._left < 0:
            raise OverLimit("archive-too-large", f"the archive has more than {_MAX_UNPACKED} bytes unpacked")
        return part


def _list_members(path: Path) -> _Members | None:
    found: dict[str, tuple[int, int]] = {}
    links: dict[str, str] = {}
    try:
        with tarfile.open(path, "r:") as archive:
            for number, member in enumerate(archive):
                if number >= _MAX_MEMBERS:
                    raise OverLimit("archive-too-large", f"{path.name} has more than {_MAX_MEMBERS} members")
                name = member.name.removeprefix("./")
                if member.isreg():
                    found[name] = (member.offset_data, member.size)
                elif member.issym():
                    # Old engines link a layer that occurs twice: <id>/layer.tar → ../<other id>/layer.tar
                    links[name] = member.linkname.removeprefix("../")
                archive.members = []  # type: ignore[attr-defined]  # what was seen needs no memory
    except tarfile.TarError:
        return None if not found else _Members(path, found)
    for name, target in links.items():
        if target in found:
            found[name] = found[target]
    return _Members(path, found)


def _as_layout(name: str, members: _Members, platform: Platform, blobs: BlobFiles, tag: str) -> OpenedImage:
    def read(digest: Digest) -> bytes:
        return members.content(f"blobs/{digest.algorithm}/{digest.hex}", MAX_MANIFEST_BYTES)

    index = members.content("index.json", MAX_MANIFEST_BYTES)
    manifest = choose_manifest(index, read, platform, tag=tag)
    for blob in manifest.iter_blobs():
        inside = f"blobs/{blob.digest.algorithm}/{blob.digest.hex}"
        if inside in members.by_name:  # what is not is found missing when it is read
            blobs.add(blob.digest, members.piece(inside))
    return OpenedImage(name, SourceKind.DOCKER_ARCHIVE, manifest.raw, manifest.media_type, blobs)


def _as_saved(name: str, members: _Members, blobs: BlobFiles, tag: str) -> OpenedImage:
    entry = _entry(members.content("manifest.json", MAX_MANIFEST_BYTES), tag)
    raw = members.content(entry["Config"], MAX_CONFIG_BYTES)
    config = parse_config(raw)
    layers = entry["Layers"]
    if len(layers) != len(config.diff_ids):
        raise Malformed(
            "layers-disagree", f"the archive has {len(layers)} layers and the config {len(config.diff_ids)}"
        )
    sized = []
    for inside, diff_id in zip(layers, config.diff_ids, strict=True):
        piece = members.piece(inside)
        blobs.add(diff_id, piece)
        sized.append((diff_id, piece.size or 0))
    return image_of_layers(name, SourceKind.DOCKER_ARCHIVE, blobs, raw, sized)


def _entry(raw: bytes, tag: str) -> dict[str, Any]:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Malformed("archive-invalid", f"manifest.json is no JSON: {error}") from error
    entries = [entry for entry in document if _is_entry(entry)] if isinstance(document, list) else []
    if tag:
        entries = [
            entry
            for entry in entries
            if any(str(each) == tag or str(each).endswith(f":{tag}") for each in entry.get("RepoTags") or ())
        ]
    if not entries:
        raise NotFound("image-unknown", f"the archive has no image{' called ' + tag if tag else ''}")
    if len(entries) > 1:
        names = ", ".join(str(each) for entry in entries for each in entry.get("RepoTags") or ())
        raise NotFound(
            "image-ambiguous",
            f"the archive has several images: {names[:300]}",
            hint="docker-archive:FILE:TAG",
        )
    chosen: dict[str, Any] = entries[0]
    return chosen


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("Config"), str)
        and isinstance(entry.get("Layers"), list)
        and all(isinstance(each, str) for each in entry["Layers"])
    )
