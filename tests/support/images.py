"""Images in a few lines: layers from builders, a config, contents."""

import io
import json

from lading.cataloging.analysis import ImageContents, LayerAnalysis
from lading.cataloging.image_contents import combine
from lading.cataloging.layer import Analyser
from lading.oci.config import ImageConfig, parse_config
from lading.oci.digest import Digest
from tests.support.layers import LayerBuilder


def image_of(*builders: LayerBuilder) -> tuple[ImageConfig, ImageContents]:
    """The config and contents of an image with these layers, lowest first."""
    tars = [builder.tar() for builder in builders]
    diff_ids = [Digest.of(tar) for tar in tars]
    config = parse_config(
        json.dumps(
            {
                "os": "linux",
                "architecture": "amd64",
                "rootfs": {"type": "layers", "diff_ids": [str(diff_id) for diff_id in diff_ids]},
                "history": [{"created_by": f"RUN step {number}"} for number in range(len(tars))],
            }
        ).encode()
    )
    return config, combine(_analysed(tars))


def analyses_of(*builders: LayerBuilder) -> list[LayerAnalysis]:
    """Layers, each analysed by itself."""
    return _analysed([builder.tar() for builder in builders])


def _analysed(tars: list[bytes]) -> list[LayerAnalysis]:
    return [
        Analyser().analyse(Digest.of(tar), lambda tar=tar: io.BytesIO(tar))  # type: ignore[misc] # lambda defaults
        for tar in tars
    ]
