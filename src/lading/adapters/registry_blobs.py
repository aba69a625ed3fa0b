"""Blobs of another registry, by the names that its repositories have here."""

import contextlib
from typing import IO, cast

from lading.adapters.registry_client import RegistryClient
from lading.oci.digest import Digest
from lading.ports.blob_store import UploadWriter


class RegistryBlobs:
    """See ``lading.ports.blob_source.BlobSource``."""

    def __init__(self, url: str, *, user: str = "", password: str = "") -> None:
        """``url`` is ``http[s]://host[:port]``."""
        self._url, self._user, self._password = url, user, password

    @property
    def name(self) -> str:
        """Its address."""
        return self._url

    def copy_blob(self, repository: str, digest: Digest, writer: UploadWriter) -> None:
        """Download it, verified on its way."""
        client = RegistryClient(self._url, user=self._user, password=self._password)
        with contextlib.closing(client):
            client.download_blob(repository, digest, cast("IO[bytes]", _Counting(writer)))


class _Counting:
    """A writer that says how much it took, as files do."""

    def __init__(self, writer: UploadWriter) -> None:
        self._writer = writer

    def write(self, chunk: bytes) -> int:
        self._writer.write(chunk)
        return len(chunk)
