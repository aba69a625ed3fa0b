"""A bill of materials in a file, in the place of a layer, so that it is scanned as an image is."""

import re
from pathlib import Path

from lading.adapters.sources.blob_files import BlobFiles, Piece
from lading.adapters.sources.made_image import image_of_layer
from lading.foundation.errors import OverLimit
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest, parse_manifest
from lading.ports.image_source import OpenedImage, SourceKind
from lading.sbom.reading import MAX_BYTES

_MARK = re.compile(
    rb'"bomFormat"|"spdxVersion"|spdx\.org/rdf|cyclonedx\.org/schema/bom|anchore/syft', re.ASCII
)
_BEGINNING = 64 << 10


def looks_like_sbom(path: Path) -> bool:
    """Whether a file says near its beginning or its end what it is."""
    with path.open("rb") as file:
        if _MARK.search(file.read(_BEGINNING)):
            return True
        file.seek(max(0, path.stat().st_size - _BEGINNING))
        return _MARK.search(file.read(_BEGINNING)) is not None


def open_sbom(path: Path, blobs: BlobFiles) -> OpenedImage:
    """Open it. Raises OverLimit ``sbom-too-large``."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise OverLimit(
            "sbom-too-large", f"{path} has more than {MAX_BYTES} bytes", details={"limit": MAX_BYTES}
        )
    digest = Digest.of(path.read_bytes())
    blobs.add(digest, Piece(path))
    return image_of_layer(str(path), SourceKind.SBOM, blobs, (digest, size))


def read_document(source: OpenedImage) -> bytes:
    """The document of a source that ``open_sbom`` opened."""
    manifest = parse_manifest(source.manifest, source.media_type)
    assert isinstance(manifest, Manifest)
    stream = source.blobs.read(manifest.layers[0].digest)
    try:
        return b"".join(stream)
    finally:
        stream.close()
