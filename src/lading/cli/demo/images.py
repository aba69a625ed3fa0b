"""Images for the demo, built from what this machine really has installed.

The good image has this machine's own Debian package database and the Python packages of the environment that
Lading itself runs in. The bad image is bad on purpose, in the ways that real ones are.
"""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lading.oci import media_types
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest

DPKG_STATUS = "var/lib/dpkg/status"
OS_RELEASE = "etc/os-release"

# What a machine without dpkg shows instead of its own: the smallest database that is still a true one.
_MINIMAL_STATUS = b"""Package: base-files
Status: install ok installed
Architecture: amd64
Version: 12.4+deb12u11

Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc
Version: 2.36-9+deb12u13
"""
_MINIMAL_OS_RELEASE = b'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'

_OLD_OS_RELEASE = (
    b'PRETTY_NAME="Debian GNU/Linux 7 (wheezy)"\nNAME="Debian GNU/Linux"\nVERSION_ID="7"\nID=debian\n'
)
_OLD_STATUS = b"""Package: bash
Essential: yes
Status: install ok installed
Priority: required
Section: shells
Maintainer: nobody <nobody@example.org>
Architecture: amd64
Version: 4.2+dfsg-0.1
Description: a bash from before September 2014

Package: libssl1.0.0
Status: install ok installed
Architecture: amd64
Source: openssl
Version: 1.0.1e-2+deb7u4
Description: an OpenSSL from before April 2014
"""


# What installs packages is left behind in the build stage, as a multi-stage Dockerfile does.
_BUILD_TOOLS = ("pip-", "setuptools-", "wheel-")


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """An image in memory: its blobs by digest, and its manifest."""

    manifest: bytes
    blobs: Mapping[Digest, bytes]

    @property
    def digest(self) -> Digest:
        """The digest of the manifest."""
        return Digest.of(self.manifest)


@dataclass(slots=True)
class _Recipe:
    """Layers and their steps, lowest first."""

    layers: list[bytes] = field(default_factory=list)  # uncompressed archives
    steps: list[str] = field(default_factory=list)

    def add(self, step: str, files: Mapping[str, bytes]) -> "_Recipe":
        self.layers.append(_archive(files))
        self.steps.append(step)
        return self

    def build(
        self, *, user: str, created: str, labels: Mapping[str, str], annotations: Mapping[str, str]
    ) -> BuiltImage:
        blobs: dict[Digest, bytes] = {}
        layers = []
        for layer in self.layers:
            packed = gzip.compress(layer, compresslevel=6, mtime=0)
            layers.append(_keep(blobs, packed, media_types.OCI_LAYER_GZIP))
        config = {
            "created": created,
            "architecture": "amd64",
            "os": "linux",
            "config": {"User": user, "Entrypoint": ["/usr/bin/python3"], "Labels": dict(labels)},
            "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(layer)) for layer in self.layers]},
            "history": [{"created": created, "created_by": step} for step in self.steps],
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": _keep(blobs, json.dumps(config).encode(), media_types.OCI_CONFIG),
            "layers": layers,
        }
        if annotations:
            manifest["annotations"] = dict(annotations)
        return BuiltImage(json.dumps(manifest).encode(), blobs)


def base_image(created: str, *, root: Path = Path("/")) -> BuiltImage:
    """A base: this machine's distribution and its package database."""
    return (
        _Recipe()
        .add("debootstrap (this machine's package database)", _base_files(root))
        .build(user="", created=created, labels={}, annotations={})
    )


def good_image(
    created: str, base: BuiltImage, base_name: str, site_packages: Sequence[Path], *, root: Path = Path("/")
) -> BuiltImage:
    """An application on that base: Python packages, a user that is not root, and its base named by digest."""
    return (
        _Recipe()
        .add("debootstrap (this machine's package database)", _base_files(root))
        .add("RUN pip install --require-hashes -r requirements.lock", dict(_python_metadata(site_packages)))
        .add("COPY app.py /srv/app.py", {"srv/app.py": b"print('orders service')\n"})
        .build(
            user="10001",
            created=created,
            labels={"org.opencontainers.image.title": "orders"},
            annotations={
                "org.opencontainers.image.base.name": base_name,
                "org.opencontainers.image.base.digest": str(base.digest),
            },
        )
    )


def bad_image(created: str) -> BuiltImage:
    """An old bash and OpenSSL, a private key that a later layer deletes, user root, nobody's."""
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    return (
        _Recipe()
        .add("ADD wheezy.tar.xz /", {OS_RELEASE: _OLD_OS_RELEASE, DPKG_STATUS: _OLD_STATUS})
        .add("COPY deploy_key /root/.ssh/id_ecdsa", {"root/.ssh/id_ecdsa": key})
        .add("RUN rm /root/.ssh/id_ecdsa", {"root/.ssh/.wh.id_ecdsa": b""})
        .build(user="", created=created, labels={}, annotations={})
    )


def _base_files(root: Path) -> dict[str, bytes]:
    return {
        OS_RELEASE: _read(root / OS_RELEASE, _MINIMAL_OS_RELEASE),
        DPKG_STATUS: _read(root / DPKG_STATUS, _MINIMAL_STATUS),
    }


def _read(path: Path, otherwise: bytes) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return otherwise


def _python_metadata(site_packages: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    for folder in site_packages:
        for metadata in sorted(folder.glob("*.dist-info/METADATA")):
            if metadata.parent.name.startswith(_BUILD_TOOLS):
                continue
            place = f"usr/local/lib/python3/site-packages/{metadata.parent.name}/METADATA"
            yield place, metadata.read_bytes()


def _archive(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o600 if "/.ssh/" in name else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _keep(blobs: dict[Digest, bytes], content: bytes, media_type: str) -> dict[str, object]:
    digest = Digest.of(content)
    blobs[digest] = content
    return Descriptor(media_type, digest, len(content)).to_json()
