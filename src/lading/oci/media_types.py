"""Media types of manifests, configs and layers that Lading tells apart."""

import re

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_ARTIFACT_MANIFEST = "application/vnd.oci.artifact.manifest.v1+json"  # of 1.1-rc; ORAS 0.15 pushed it
OCI_EMPTY = "application/vnd.oci.empty.v1+json"
OCI_LAYER_TAR = "application/vnd.oci.image.layer.v1.tar"
OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
OCI_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip"
DOCKER_LAYER_FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
IN_TOTO = "application/vnd.in-toto+json"
DSSE_ENVELOPE = "application/vnd.dsse.envelope.v1+json"
COSIGN_SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
CYCLONEDX_JSON = "application/vnd.cyclonedx+json"
SPDX_JSON = "application/spdx+json"

MANIFESTS = frozenset({OCI_MANIFEST, DOCKER_MANIFEST, OCI_ARTIFACT_MANIFEST})
IMAGE_MANIFESTS = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
INDEXES = frozenset({OCI_INDEX, DOCKER_LIST})
IMAGE_CONFIGS = frozenset({OCI_CONFIG, DOCKER_CONFIG})
LAYERS = frozenset(
    {OCI_LAYER_TAR, OCI_LAYER_GZIP, OCI_LAYER_ZSTD, DOCKER_LAYER_GZIP}
    # The non-distributable forms are deprecated in OCI 1.1 and still pushed by old builders.
    | {
        f"application/vnd.oci.image.layer.nondistributable.v1.tar{suffix}"
        for suffix in ("", "+gzip", "+zstd")
    }
    | {DOCKER_LAYER_FOREIGN}
)


def lives_elsewhere(media_type: str) -> bool:
    """Whether others may keep a layer of this type (image-spec v1.1, "Non-Distributable Layers")."""
    return ".nondistributable." in media_type or media_type == DOCKER_LAYER_FOREIGN


_OTHER_MANIFEST = re.compile(r"application/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}\+json\Z")
_SCHEMA_1 = (
    "application/vnd.docker.distribution.manifest.v1+"  # signed, and digested otherwise than it is sent
)


def may_be_manifest(media_type: str) -> bool:
    """Whether a type that is not known here may be a manifest's: some vendor's, of JSON (RFC 6838, 4.2.8)."""
    return bool(_OTHER_MANIFEST.match(media_type)) and not media_type.startswith(_SCHEMA_1)


def bare(content_type: str) -> str:
    """Return the media type without parameters, in lower case: ``a/b; charset=x`` → ``a/b``."""
    return content_type.partition(";")[0].strip().lower()
