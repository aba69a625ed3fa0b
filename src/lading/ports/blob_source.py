"""Somewhere else that may have the same content: another registry."""

from typing import Protocol

from lading.oci.digest import Digest
from lading.ports.blob_store import UploadWriter


class BlobSource(Protocol):
    """Gives content by repository and digest."""

    @property
    def name(self) -> str:
        """How people know it."""
        ...

    def copy_blob(self, repository: str, digest: Digest, writer: UploadWriter) -> None:
        """Write the content of a blob. Raises the error that says why it cannot be had, of any blame; what
        was written by then is of no use."""
        ...
