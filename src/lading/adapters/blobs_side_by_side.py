"""Several small blobs at once, for stores in which each has to wait for a disk or for the network."""

import contextlib
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from lading.oci.digest import Digest
from lading.ports.blob_store import BlobStore

_AT_ONCE = 8  # a disk flushes as many in about the time that one takes


def put_side_by_side(store: BlobStore, contents: Mapping[Digest, bytes]) -> None:
    """Upload them, a few at a time; return when the last is visible."""
    if len(contents) < 2:
        for digest, content in contents.items():
            _put(store, digest, content)
        return
    with ThreadPoolExecutor(min(_AT_ONCE, len(contents)), "put-blob") as pool:
        for done in [pool.submit(_put, store, digest, content) for digest, content in contents.items()]:
            done.result()


def _put(store: BlobStore, digest: Digest, content: bytes) -> None:
    upload = f"put-{uuid.uuid4()}"
    store.create_upload(upload)
    with contextlib.closing(store.open_upload(upload)) as writer:
        writer.write(content)
    store.finish_upload(upload, digest)
