"""Images that are in no registry of ours, opened to be looked into as if they had been pushed."""

from dataclasses import dataclass
from enum import StrEnum

from lading.ports.blob_store import BlobReader


class SourceKind(StrEnum):
    """Where an image or a file system comes from."""

    REGISTRY = "registry"
    DOCKER = "docker"
    PODMAN = "podman"
    CONTAINER = "container"
    DOCKER_ARCHIVE = "docker-archive"
    OCI_LAYOUT = "oci-layout"
    FOLDER = "dir"
    FILE = "file"
    SBOM = "sbom"


@dataclass(frozen=True, slots=True)
class OpenedImage:
    """An image as its manifest says, and its blobs.

    What is no image (a folder, a file, the file system of a container) comes as an image of one layer, whose
    manifest and configuration were made for it: the same content has the same digest.
    """

    name: str  # for people, without tag or digest
    kind: SourceKind
    manifest: bytes
    media_type: str
    blobs: BlobReader
    unread: tuple[tuple[str, str], ...] = ()  # paths that could not be read, and why
