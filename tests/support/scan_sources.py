"""One small image in all the forms in which `lading scan` takes it."""

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

from lading.oci import media_types
from lading.oci.digest import Digest
from tests.support.keys import RSA_PEM
from tests.support.layers import LayerBuilder
from tests.support.package_databases import STATUS

OLD_BASH = "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 4.2-0\n\n"
OS_RELEASE = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'


def layers() -> list[bytes]:
    """Two layers: a system with an old bash, and on it a key that a later step deletes a directory of."""
    return [
        LayerBuilder()
        .file("usr/lib/os-release", OS_RELEASE)
        .symlink("etc/os-release", "../usr/lib/os-release")
        .file("var/lib/dpkg/status", OLD_BASH)
        .file("root/.ssh/id_rsa", RSA_PEM, mode=0o600)
        .tar(),
        LayerBuilder().file("var/lib/dpkg/status", OLD_BASH + STATUS.partition("\n\n")[2]).tar(),
    ]


def config(tars: list[bytes]) -> bytes:
    """The configuration of an image with these layers."""
    document = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["/bin/bash"], "User": "1000", "Env": ["PATH=/usr/bin"]},
        "history": [{"created_by": f"RUN step {number}"} for number in range(len(tars))],
        "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(tar)) for tar in tars]},
    }
    return json.dumps(document).encode()


def image_blobs() -> tuple[bytes, dict[Digest, bytes]]:
    """The manifest, and the blobs that it names."""
    tars = layers()
    raw = config(tars)
    packed = [gzip.compress(tar, mtime=0) for tar in tars]

    def descriptor(content: bytes, media_type: str) -> dict[str, Any]:
        return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content)}

    manifest = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": descriptor(raw, media_types.OCI_CONFIG),
        "layers": [descriptor(layer, media_types.OCI_LAYER_GZIP) for layer in packed],
    }
    return json.dumps(manifest).encode(), {Digest.of(each): each for each in (raw, *packed)}


def write_layout(folder: Path, name: str = "1.0") -> Path:
    """The image as an OCI layout."""
    manifest, blobs = image_blobs()
    place = folder / "blobs" / "sha256"
    place.mkdir(parents=True)
    for digest, content in {**blobs, Digest.of(manifest): manifest}.items():
        (place / digest.hex).write_bytes(content)
    entry = {
        "mediaType": media_types.OCI_MANIFEST,
        "digest": str(Digest.of(manifest)),
        "size": len(manifest),
        "platform": {"os": "linux", "architecture": "amd64"},
        "annotations": {"org.opencontainers.image.ref.name": name},
    }
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    return folder


def write_saved(path: Path, tags: tuple[str, ...] = ("app:1.0",)) -> Path:
    """The image as engines saved it before they wrote layouts."""
    tars = layers()
    raw = config(tars)
    names = [f"{Digest.of(tar).hex}/layer.tar" for tar in tars]
    manifest = [{"Config": "config.json", "RepoTags": list(tags), "Layers": names}]
    with tarfile.open(path, "w") as archive:
        members = [("config.json", raw), *zip(names, tars, strict=True)]
        for name, content in [*members, ("manifest.json", json.dumps(manifest).encode())]:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def write_folder(folder: Path) -> Path:
    """What the image holds, unpacked."""
    for tar in layers():
        with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
            archive.extractall(folder, filter="tar")
    return folder
