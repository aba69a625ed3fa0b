"""Finding out what one layer holds, away from everything that its bytes could harm."""

from typing import Protocol

from lading.cataloging.analysis import LayerAnalysis
from lading.oci.digest import Digest


class LayerAnalyser(Protocol):
    """Reads a layer's blob. Every method blocks and may be called from any thread."""

    def analyse(self, blob: Digest, diff_id: Digest) -> LayerAnalysis:
        """Analyse the layer that is stored as ``blob`` and should have ``diff_id`` uncompressed.

        Whatever the content does, there is an analysis, and one that is not ``whole`` says why. Raises
        NotFound for a blob that is not stored, Upstream where reading it or starting the work failed: that
        says nothing about the layer and may be tried again.
        """
        ...
