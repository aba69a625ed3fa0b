"""OCI layouts (image-spec v1.1, image-layout.md), as folders and inside of archives."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lading.adapters.sources.blob_files import BlobFiles, Piece
from lading.foundation.errors import Malformed, NotFound
from lading.oci import media_types
from lading.oci.descriptor import Descriptor, Platform
from lading.oci.digest import Digest
from lading.oci.manifest import MAX_MANIFEST_BYTES, Index, Manifest, parse_manifest
from lading.ports.image_source import OpenedImage, SourceKind

_REF_NAMES = ("org.opencontainers.image.ref.name", "io.containerd.image.name")
MAX_DEPTH = 4  # indexes within indexes
ReadBlob = Callable[[Digest], bytes]


def is_layout(folder: Path) -> bool:
    """Whether a folder is a layout."""
    return (folder / "oci-layout").is_file() and (folder / "index.json").is_file()


def open_layout(folder: Path, platform: Platform, *, tag: str = "") -> OpenedImage:
    """Open the image of a layout for a platform; ``tag`` names one where there are several.

    Raises NotFound ``image-unknown`` and Malformed.
    """
    blobs = BlobFiles()

    def read(digest: Digest) -> bytes:
        path = folder / "blobs" / digest.algorithm / digest.hex
        if not path.is_file():
            raise NotFound("blob-unknown", f"the layout names {digest}, which is not there")
        with path.open("rb") as file:
            return file.read(MAX_MANIFEST_BYTES + 1)

    index = (folder / "index.json").read_bytes()
    manifest = choose_manifest(index, read, platform, tag=tag)
    for blob in manifest.iter_blobs():
        blobs.add(blob.digest, Piece(folder / "blobs" / blob.digest.algorithm / blob.digest.hex))
    return OpenedImage(str(folder), SourceKind.OCI_LAYOUT, manifest.raw, manifest.media_type, blobs)


def choose_manifest(index: bytes, read: ReadBlob, platform: Platform, *, tag: str = "") -> Manifest:
    """Find the image for a platform in an index, through indexes below it.

    An index with one image is that image, whatever its platform: who hands it over means it.
    """
    named = _of_name(parse_manifest(index, _media_type(index)), tag)
    images = list(_iter_images(named, read, MAX_DEPTH))
    fitting = [manifest for of, manifest in images if _fits(of, platform)]
    chosen = fitting or ([images[0][1]] if len(images) == 1 else [])
    if not chosen:
        has = ", ".join(sorted({str(of) for of, _ in images if of})) or "none"
        raise NotFound(
            "image-unknown",
            f"there is no image for {platform}; there are: {has}",
            hint="--platform names another one",
        )
    if len({manifest.raw for manifest in chosen}) > 1:
        raise NotFound(
            "image-ambiguous", "there are several images in it", hint="name one, as in oci:FOLDER:TAG"
        )
    return chosen[0]


def _media_type(index: bytes) -> str:
    """Layouts of old tools do not say what their index is."""
    try:
        document = json.loads(index)
    except (ValueError, RecursionError) as error:
        raise Malformed("layout-invalid", f"index.json is no JSON: {error}") from error
    said = document.get("mediaType") if isinstance(document, dict) else None
    return said if isinstance(said, str) else media_types.OCI_INDEX


def _of_name(index: Any, tag: str) -> Index:
    if not isinstance(index, Index):
        raise Malformed("layout-invalid", "index.json is not an index")
    if not tag:
        return index
    named = tuple(
        entry
        for entry in index.manifests
        if any(_is_name(entry.annotations.get(name, ""), tag) for name in _REF_NAMES)
    )
    if not named:
        raise NotFound("image-unknown", f"no image in it is called {tag}")
    return Index(index.raw, index.media_type, named, None, "", index.annotations)


def _is_name(name: str, tag: str) -> bool:
    return name == tag or (":" in name and name.rpartition(":")[2] == tag)


def _iter_images(index: Index, read: ReadBlob, depth: int) -> "list[tuple[Platform | None, Manifest]]":
    found: list[tuple[Platform | None, Manifest]] = []
    for entry in index.manifests:
        if entry.media_type in media_types.INDEXES:
            if depth == 0:
                raise Malformed("layout-invalid", f"more than {MAX_DEPTH} indexes within each other")
            below = _parsed(entry, read)
            assert isinstance(below, Index)
            found += _iter_images(below, read, depth - 1)
        elif entry.media_type in media_types.MANIFESTS:
            manifest = _parsed(entry, read)
            # Attestations of builders lie beside images, and are none.
            if isinstance(manifest, Manifest) and manifest.is_image and not _is_attestation(entry):
                found.append((entry.platform, manifest))
    return found


def _is_attestation(entry: Descriptor) -> bool:
    return "vnd.docker.reference.type" in entry.annotations


def _parsed(entry: Descriptor, read: ReadBlob) -> Manifest | Index:
    raw = read(entry.digest)
    if Digest.of(raw, entry.digest.algorithm) != entry.digest:
        raise Malformed("digest-mismatch", f"what should be {entry.digest} has another digest")
    return parse_manifest(raw, entry.media_type)


def _fits(of: Platform | None, wanted: Platform) -> bool:
    if of is None:
        return False
    same = of.os == wanted.os and of.architecture == wanted.architecture
    return same and (not wanted.variant or of.variant == wanted.variant)
