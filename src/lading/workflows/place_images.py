"""Find out where images stand among all others.

An image is placed when it is taken in. Those that were known before this version of Lading are placed by work
that comes round; what their configs say beyond the layers is read again then.
"""

import contextlib

from lading.foundation.errors import LadingError
from lading.lineage.chain import chain_ids
from lading.lineage.placement import PlacedImage, placed
from lading.oci.config import MAX_CONFIG_BYTES, parse_config
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest, parse_manifest
from lading.ports.blob_store import BlobReader
from lading.ports.records.contents import ImageRecord
from lading.ports.records.record_set import Records, RecordSet

_BATCH = 500


def place_image(records: Records, blobs: BlobReader, manifest: Digest) -> PlacedImage | None:
    """Place one image whose record is there; None where there is none."""
    with records.read() as kept:
        image = kept.contents.image(manifest)
        found = None if image is None else _read(kept, blobs, image)
    if found is not None:
        with records.write() as kept:
            kept.lineage.place([found])
    return found


def place_images_left(records: Records, blobs: BlobReader) -> int:
    """Place every image that is known and was not placed yet; return how many."""
    count = 0
    while True:
        with records.read() as kept:
            page = kept.lineage.unplaced(limit=_BATCH)
            images = [image for each in page.items if (image := kept.contents.image(each)) is not None]
            found = [_read(kept, blobs, image) for image in images]
        if not found:
            return count
        with records.write() as kept:
            kept.lineage.place(found)
        count += len(found)


def _read(kept: RecordSet, blobs: BlobReader, image: ImageRecord) -> PlacedImage:
    """Read the config again; where that is not possible, the layers that are known say enough."""
    stored = kept.registry.manifest_anywhere(image.manifest)
    annotations = {}
    if stored is not None:
        parsed = parse_manifest(stored.raw, stored.media_type)
        annotations = dict(parsed.annotations) if isinstance(parsed, Manifest) else {}
    try:
        with contextlib.closing(blobs.read(image.config, stop=MAX_CONFIG_BYTES + 1)) as stream:
            return placed(image.manifest, parse_config(b"".join(stream)), annotations)
    except LadingError:
        diff_ids = [layer.diff_id for layer in image.layers]
        return PlacedImage(image.manifest, str(image.platform), image.created, chain_ids(diff_ids))
