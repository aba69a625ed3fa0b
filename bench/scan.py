"""Scan one OCI layout through the library, as a program of its own: `python -m bench.scan LAYOUT`.

Prints JSON: the packages, and the peak memory of this process and its largest worker together. With --known
FOLDER, analyses of layers are kept there and used again, as the server does by diff id.
"""

import argparse
import json
import resource
import sys
from pathlib import Path

import msgspec

from lading.adapters.analyser_process import ProcessAnalyser
from lading.adapters.analyser_workers import Nursery
from lading.adapters.blobs_memory import MemoryBlobs
from lading.cataloging.analysis import LayerAnalysis
from lading.cataloging.image_contents import combine
from lading.oci.config import parse_config
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest, parse_manifest


class _Layout(MemoryBlobs):
    """Blobs where the layout has them."""

    def __init__(self, layout: Path) -> None:
        super().__init__()
        self._layout = layout

    def local_path(self, digest: Digest) -> str | None:
        return str(self._layout / "blobs" / digest.algorithm / digest.hex)

    def content(self, digest: str) -> bytes:
        return Path(str(self.local_path(Digest.parse(digest)))).read_bytes()


def main() -> None:
    """Scan what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("layout", type=Path)
    parser.add_argument("--known", type=Path)
    arguments = parser.parse_args()
    layout = _Layout(arguments.layout)
    index = json.loads((arguments.layout / "index.json").read_bytes())
    manifest = parse_manifest(layout.content(index["manifests"][0]["digest"]))
    assert isinstance(manifest, Manifest)
    config = parse_config(layout.content(str(manifest.config.digest)))
    nursery = Nursery()
    analyser = ProcessAnalyser(layout, complain=print_complaint, nursery=nursery)
    layers = [
        _analysis(analyser, layer.digest, diff_id, arguments.known)
        for layer, diff_id in zip(manifest.layers, config.diff_ids, strict=True)
    ]
    nursery.close()  # its processor time is ours
    contents = combine(layers)
    packages = [
        (one.package.type, f"{one.package.namespace}/{one.package.name}", one.package.version, one.path)
        for one in contents.packages
    ]
    kilobytes = sum(
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    unreadable = [(layer, doubt.path, doubt.reason) for layer, doubt in contents.unreadable]
    json.dump(
        {
            "packages": packages,
            "unreadable": unreadable,
            "secrets": [(one.secret.path, one.secret.kind, one.secret.example) for one in contents.secrets],
            "peak_bytes": kilobytes << 10,
        },
        sys.stdout,
    )


def print_complaint(text: str) -> None:
    """Show what a worker that crashed said."""
    print(text, file=sys.stderr)


def _analysis(analyser: ProcessAnalyser, blob: Digest, diff_id: Digest, known: Path | None) -> LayerAnalysis:
    kept = known / diff_id.hex if known else None
    if kept is not None and kept.exists():
        return msgspec.msgpack.decode(kept.read_bytes(), type=LayerAnalysis)
    analysis = analyser.analyse(blob, diff_id)
    if kept is not None and analysis.whole:
        kept.write_bytes(msgspec.msgpack.encode(analysis))
    return analysis


if __name__ == "__main__":
    main()
