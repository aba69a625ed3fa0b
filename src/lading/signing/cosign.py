"""Signatures and attestations as cosign keeps them in a registry.

A signature is a small blob, the payload ("simple signing", after containers/image), whose layer descriptor
carries the signature of the blob in an annotation. An attestation is a DSSE envelope as a layer. The layers
of one subject are gathered in a manifest that is found in two ways (cosign, specs/SIGNATURE_SPEC.md):

* by a tag made of the subject's digest: ``sha256-<hex>.sig`` and ``sha256-<hex>.att``;
* by the referrers API (OCI distribution v1.1), as a manifest whose ``subject`` it is.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from lading.foundation import strict_json
from lading.foundation.errors import Malformed
from lading.oci import media_types
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.oci.manifest import Manifest

SIGNATURE_ANNOTATION = "dev.cosignproject.cosign/signature"
CERTIFICATE_ANNOTATION = "dev.sigstore.cosign/certificate"
LOG_ENTRY_ANNOTATION = "dev.sigstore.cosign/bundle"
TIMESTAMP_ANNOTATION = "dev.sigstore.cosign/rfc3161timestamp"
PREDICATE_TYPE_ANNOTATION = "predicateType"
PAYLOAD_KIND = "cosign container image signature"
MAX_PAYLOAD_BYTES = 64 << 10  # a payload has some 250 bytes; "optional" holds a few annotations
MAX_SIGNATURE_LAYERS = 1000  # of one manifest


class ArtifactKind(StrEnum):
    """What a manifest gathers. The value is the suffix of its tag."""

    SIGNATURES = "sig"
    ATTESTATIONS = "att"

    @property
    def artifact_type(self) -> str:
        """The type under which referrers show it (cosign, ``--registry-referrers-mode=oci-1-1``)."""
        return f"application/vnd.dev.cosign.artifact.{self.value}.v1+json"

    @property
    def layer_type(self) -> str:
        """The media type of its layers."""
        if self is ArtifactKind.SIGNATURES:
            return media_types.COSIGN_SIMPLE_SIGNING
        return media_types.DSSE_ENVELOPE


@dataclass(frozen=True, slots=True)
class SimpleSigning:
    """What a signature says: this digest, under this name."""

    docker_reference: str
    digest: Digest
    optional: Mapping[str, Any]


def build_payload(
    docker_reference: str, digest: Digest, optional: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """Write the payload that says that the image of ``digest`` is ``docker_reference`` (without a tag)."""
    return strict_json.encode_canonical(
        {
            "critical": {
                "identity": {"docker-reference": docker_reference},
                "image": {"docker-manifest-digest": str(digest)},
                "type": PAYLOAD_KIND,
            },
            "optional": dict(optional) or None,
        }
    )


def parse_payload(raw: bytes) -> SimpleSigning:
    """Read a payload; raise Malformed or OverLimit."""
    document = strict_json.decode_object(raw, what="signature payload", max_bytes=MAX_PAYLOAD_BYTES)
    critical = _object(document, "critical")
    if critical.get("type") != PAYLOAD_KIND:
        raise Malformed("payload-invalid", f"critical.type must be {PAYLOAD_KIND!r}")
    reference = _object(critical, "identity").get("docker-reference")
    digest = _object(critical, "image").get("docker-manifest-digest")
    if not isinstance(reference, str) or not isinstance(digest, str):
        raise Malformed("payload-invalid", "critical must name a docker-reference and a digest")
    optional = document.get("optional")
    if optional is not None and not isinstance(optional, dict):
        raise Malformed("payload-invalid", "optional must be an object")
    return SimpleSigning(reference, Digest.parse(digest), MappingProxyType(optional or {}))


def artifact_tag(subject: Digest, kind: ArtifactKind) -> str:
    """The tag under which cosign looks for what is said about ``subject``."""
    return f"{subject.algorithm}-{subject.hex}.{kind.value}"


def signature_layer(payload: bytes, signature_base64: str, timestamp: bytes | None = None) -> Descriptor:
    """Describe a payload as a layer that carries its signature, and what a timestamp authority said of it."""
    beside = {SIGNATURE_ANNOTATION: signature_base64}
    if timestamp is not None:
        text = base64.b64encode(timestamp).decode("ascii")
        beside[TIMESTAMP_ANNOTATION] = strict_json.encode_canonical({"SignedRFC3161Timestamp": text}).decode()
    return Descriptor(
        media_types.COSIGN_SIMPLE_SIGNING,
        Digest.of(payload),
        len(payload),
        annotations=MappingProxyType(beside),
    )


def attestation_layer(envelope: bytes, predicate_type: str) -> Descriptor:
    """Describe an envelope as a layer. cosign wants the signature annotation there, empty."""
    return Descriptor(
        media_types.DSSE_ENVELOPE,
        Digest.of(envelope),
        len(envelope),
        annotations=MappingProxyType({SIGNATURE_ANNOTATION: "", PREDICATE_TYPE_ANNOTATION: predicate_type}),
    )


def layers_of(manifest: Manifest, kind: ArtifactKind) -> tuple[Descriptor, ...]:
    """The layers of a manifest that are signatures or attestations; raise Malformed for absurdly many."""
    layers = tuple(layer for layer in manifest.layers if layer.media_type == kind.layer_type)
    if len(layers) > MAX_SIGNATURE_LAYERS:
        raise Malformed("too-many-signatures", f"a manifest gathers at most {MAX_SIGNATURE_LAYERS}")
    return layers


def build_config(layers: Sequence[Descriptor]) -> bytes:
    """Write the config blob of a gathering manifest: an image config that only lists the layers."""
    return strict_json.encode_canonical(
        {
            "architecture": "",
            "config": {},
            "os": "",
            "rootfs": {"type": "layers", "diff_ids": [str(layer.digest) for layer in layers]},
        }
    )


def build_tag_manifest(config: bytes, layers: Sequence[Descriptor]) -> bytes:
    """Write the manifest to be found by tag."""
    return _manifest(media_types.OCI_CONFIG, config, layers, None)


def build_referrer_manifest(
    config: bytes, layers: Sequence[Descriptor], subject: Descriptor, kind: ArtifactKind
) -> bytes:
    """Write the manifest to be found by the referrers API; the config's type says what it is."""
    return _manifest(kind.artifact_type, config, layers, subject)


def merge_layers(existing: Sequence[Descriptor], added: Descriptor) -> tuple[Descriptor, ...]:
    """Put one more among those that are there, unless it is there already."""
    same = any(
        layer.digest == added.digest
        and layer.annotations.get(SIGNATURE_ANNOTATION) == added.annotations.get(SIGNATURE_ANNOTATION)
        for layer in existing
    )
    return tuple(existing) if same else (*existing, added)


def _manifest(
    config_type: str, config: bytes, layers: Sequence[Descriptor], subject: Descriptor | None
) -> bytes:
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": Descriptor(config_type, Digest.of(config), len(config)).to_json(),
        "layers": [layer.to_json() for layer in layers],
    }
    if subject is not None:
        bare = Descriptor(subject.media_type, subject.digest, subject.size)
        document["subject"] = bare.to_json()
    return strict_json.encode_canonical(document)


def _object(document: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    value = document.get(member)
    if not isinstance(value, dict):
        raise Malformed("payload-invalid", f"{member} must be an object")
    return value
