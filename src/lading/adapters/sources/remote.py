"""Images of any registry, each layer downloaded once into a file and verified."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path

from lading.adapters.registry_client import RegistryClient
from lading.adapters.sources.blob_files import BlobFiles, Piece
from lading.adapters.sources.oci_layout import choose_manifest
from lading.foundation.errors import Malformed
from lading.oci.descriptor import Platform
from lading.oci.digest import Digest
from lading.oci.manifest import MAX_MANIFEST_BYTES, Index, Manifest, parse_manifest
from lading.oci.reference import DEFAULT_REGISTRY, Reference
from lading.ports.image_source import OpenedImage, SourceKind

_DOCKER_HUB = "registry-1.docker.io"
_HUB_LOGIN = "https://index.docker.io/v1/"


def open_remote(reference: Reference, platform: Platform, blobs: BlobFiles, logins: Path) -> OpenedImage:
    """Open an image of a registry; ``logins`` is a config.json as `docker login` writes it."""
    host = _DOCKER_HUB if reference.registry == DEFAULT_REGISTRY else reference.registry
    user, password = read_login(logins, host)
    client = RegistryClient(f"{_scheme(host)}://{host}", user=user, password=password)
    try:
        manifest = _manifest(client, reference, platform)
        for blob in manifest.iter_blobs():
            path = blobs.new_file()
            with path.open("wb") as file:
                client.download_blob(reference.repository, blob.digest, file)
            blobs.add(blob.digest, Piece(path))
    finally:
        client.close()
    name = f"{reference.registry}/{reference.repository}"
    return OpenedImage(name, SourceKind.REGISTRY, manifest.raw, manifest.media_type, blobs)


def read_login(file: Path, host: str) -> tuple[str, str]:
    """The user and password for a registry, empty where there are none."""
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return "", ""
    auths = document.get("auths") if isinstance(document, dict) else None
    if not isinstance(auths, Mapping):
        return "", ""
    for name in (host, f"https://{host}", *([_HUB_LOGIN] if host == _DOCKER_HUB else [])):
        entry = auths.get(name)
        if isinstance(entry, Mapping) and isinstance(entry.get("auth"), str):
            try:
                user, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
            except ValueError:  # also what is not ASCII, which is no binascii.Error
                continue
            return user, password
    return "", ""


def _manifest(client: RegistryClient, reference: Reference, platform: Platform) -> Manifest:
    raw, media_type = client.pull_manifest(reference.repository, reference.tag_or_digest)
    parsed = parse_manifest(raw, media_type)
    if isinstance(parsed, Index):

        def read(digest: Digest) -> bytes:
            content, _ = client.pull_manifest(reference.repository, str(digest))
            return content[: MAX_MANIFEST_BYTES + 1]

        return choose_manifest(raw, read, platform)
    if not parsed.is_image:
        raise Malformed("not-an-image", f"{reference} is an artifact and no image")
    return parsed


def _scheme(host: str) -> str:
    """Registries on this machine need no TLS, as container engines hold it."""
    name = host.rpartition(":")[0] or host
    return "http" if name in {"localhost", "127.0.0.1", "[::1]"} else "https"
