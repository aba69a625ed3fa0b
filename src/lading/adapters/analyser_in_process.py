"""Analyse layers right here: for tests and for content of one's own. Hostile bytes belong in a process."""

import contextlib

from lading.cataloging.analysis import LayerAnalysis
from lading.cataloging.layer import Analyser
from lading.oci.digest import Digest
from lading.ports.blob_store import BlobReader, BlobStream


class InProcessAnalyser:
    """A LayerAnalyser without a process of its own."""

    def __init__(self, blobs: BlobReader, analyser: Analyser | None = None) -> None:
        self._blobs = blobs
        self._analyser = analyser or Analyser()

    def analyse(self, blob: Digest, diff_id: Digest) -> LayerAnalysis:
        """Analyse a layer."""
        with contextlib.ExitStack() as streams:

            def open_layer() -> StreamReader:
                return StreamReader(streams.enter_context(contextlib.closing(self._blobs.read(blob))))

            return self._analyser.analyse(diff_id, open_layer)


class StreamReader:
    """A stream of chunks as a reader."""

    def __init__(self, stream: BlobStream) -> None:
        self._stream = stream
        self._held = memoryview(b"")

    def read(self, size: int = -1, /) -> bytes:
        """Give at most ``size`` bytes, none only at the end."""
        if not self._held:
            self._held = memoryview(next(self._stream, b""))
        part = self._held[:size] if size >= 0 else self._held
        self._held = self._held[len(part) :]
        return bytes(part)
