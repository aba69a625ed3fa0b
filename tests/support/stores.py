"""Content in a blob store, in one call."""

from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore


def put_blob(
    store: BlobStore, content: bytes, algorithm: str = "sha256", upload_id: str = "an-upload"
) -> Digest:
    """Push content and return its digest."""
    digest = Digest.of(content, algorithm)
    store.create_upload(upload_id)
    writer = store.open_upload(upload_id)
    try:
        writer.write(content)
    finally:
        writer.close()
    store.finish_upload(upload_id, digest)
    return digest
