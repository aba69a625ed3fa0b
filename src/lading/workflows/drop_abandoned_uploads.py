"""Throw away uploads that nobody came back to."""

from datetime import datetime, timedelta

from lading.foundation.errors import Conflict, NotFound
from lading.ports.blob_store import BlobStore


def drop_abandoned_uploads(blobs: BlobStore, now: datetime, *, after: timedelta) -> int:
    """Abort every upload that got no byte for ``after``; return how many.

    One that is being written to, however slowly, or that ends meanwhile, is left alone.
    """
    dropped = 0
    for upload in blobs.iter_uploads():
        if now - upload.touched_at < after:
            continue
        try:
            blobs.abort_upload(upload.id)
        except (Conflict, NotFound):
            continue
        dropped += 1
    return dropped
