"""OCI layouts written by hand, for real clients to push: of several platforms, and as BuildKit makes them."""

import gzip
import json
from pathlib import Path
from typing import Any

from lading.oci import media_types
from lading.oci.digest import Digest
from tests.support.engines import sleeping_root

SPDX, SLSA = "https://spdx.dev/Document", "https://slsa.dev/provenance/v0.2"


class Layout:
    """A layout under way in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._named: list[dict[str, Any]] = []
        (folder / "blobs" / "sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def keep(self, content: bytes, media_type: str, **members: Any) -> dict[str, Any]:
        """Write a blob, and describe it."""
        digest = Digest.of(content)
        (self.folder / "blobs" / "sha256" / digest.hex).write_bytes(content)
        return {"mediaType": media_type, "digest": str(digest), "size": len(content), **members}

    def manifest(self, config: Any, layers: list[dict[str, Any]], **members: Any) -> dict[str, Any]:
        """Write a config and the manifest that puts it together with layers."""
        document = {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": self.keep(json.dumps(config).encode(), media_types.OCI_CONFIG),
            "layers": layers,
        }
        return self.keep(json.dumps(document).encode(), media_types.OCI_MANIFEST, **members)

    def image(self, architecture: str, *, user: str = "") -> dict[str, Any]:
        """Write an image that can run where the architecture is that of this machine."""
        archive = sleeping_root()
        config = {
            "architecture": architecture,
            "os": "linux",
            "config": {"Cmd": ["/pause"], "User": user},
            "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(archive))]},
        }
        layer = self.keep(gzip.compress(archive, mtime=0), media_types.OCI_LAYER_GZIP)
        platform = {"architecture": architecture, "os": "linux"}
        return self.manifest(config, [layer], platform=platform)

    def attestation(self, image: dict[str, Any]) -> dict[str, Any]:
        """Write what BuildKit lists beside an image that it was asked to attest."""
        subject = [{"name": "_", "digest": {"sha256": image["digest"].partition(":")[2]}}]
        statements = [
            (
                json.dumps(
                    {
                        "_type": "https://in-toto.io/Statement/v0.1",
                        "predicateType": predicate,
                        "subject": subject,
                        "predicate": {},
                    }
                ).encode(),
                predicate,
            )
            for predicate in (SPDX, SLSA)
        ]
        layers = [
            self.keep(content, media_types.IN_TOTO, annotations={"in-toto.io/predicate-type": predicate})
            for content, predicate in statements
        ]
        config = {
            "architecture": "unknown",
            "os": "unknown",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
        }
        return self.manifest(
            config,
            layers,
            platform={"architecture": "unknown", "os": "unknown"},
            annotations={
                "vnd.docker.reference.digest": image["digest"],
                "vnd.docker.reference.type": "attestation-manifest",
            },
        )

    def index(self, entries: list[dict[str, Any]], name: str) -> str:
        """Write an index under a name, and give its digest."""
        document = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": entries}
        named = self.keep(json.dumps(document).encode(), media_types.OCI_INDEX)
        named["annotations"] = {"org.opencontainers.image.ref.name": name}
        self._named.append(named)
        listed = {"schemaVersion": 2, "manifests": self._named}
        (self.folder / "index.json").write_text(json.dumps(listed))
        return str(named["digest"])


def two_platforms(folder: Path) -> Path:
    """A layout of one index, v1, with two platforms."""
    layout = Layout(folder)
    layout.index([layout.image("amd64"), layout.image("arm64")], "v1")
    return folder


def as_buildkit(folder: Path) -> Path:
    """A layout of one index, v1, of two platforms with their attestations; one of them starts as root."""
    layout = Layout(folder)
    images = [layout.image("amd64", user="10001"), layout.image("arm64")]
    layout.index([*images, *map(layout.attestation, images)], "v1")
    return folder
