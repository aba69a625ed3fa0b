"""Sigstore bundles of version 0.3 about images (protobuf-specs, "Bundle").

cosign writes them since its version 3: one bundle to a manifest that refers to the image, with an in-toto
statement in a DSSE envelope. A signature is a statement of the type COSIGN_SIGN whose predicate is empty.
Whose signature it is, a trusted key tells, or the certificate in the bundle (``signing.keyless``).
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lading.foundation import strict_json
from lading.foundation.errors import Malformed
from lading.foundation.instants import rfc3339
from lading.oci import media_types
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.signing.dsse import MAX_ENVELOPE_BYTES, Envelope, envelope_from_json, envelope_to_json
from lading.signing.keyless import has_certificate
from lading.signing.keys import PublicKey
from lading.signing.timestamps import timestamps_of

BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
PREDICATE_TYPE_ANNOTATION = "dev.sigstore.bundle.predicateType"
EMPTY_CONFIG = b"{}"  # image-spec v1.1, "Guidance for an Empty Descriptor"
_OTHER_SPELLING = "application/vnd.dev.sigstore.bundle+json;version=0.3"
COSIGN_SIGN = "https://sigstore.dev/cosign/sign/v1"


@dataclass(frozen=True, slots=True)
class Bundle:
    """An envelope, and what a bundle says beside it: nothing of that is believed before it is verified."""

    envelope: Envelope
    has_certificate: bool = False
    timestamps: tuple[bytes, ...] = ()


def parse_bundle(raw: bytes) -> Bundle:
    """Read a bundle about an image; raise Malformed or OverLimit."""
    document = strict_json.decode_object(raw, what="Sigstore bundle", max_bytes=MAX_ENVELOPE_BYTES)
    if document.get("mediaType") not in {BUNDLE_TYPE, _OTHER_SPELLING}:
        raise Malformed("bundle-invalid", f"mediaType must be {BUNDLE_TYPE}")
    envelope = document.get("dsseEnvelope")
    if not isinstance(envelope, dict) or "messageSignature" in document:
        raise Malformed(
            "bundle-invalid", "a bundle about an image must hold one DSSE envelope and nothing else"
        )
    return Bundle(envelope_from_json(envelope), has_certificate(document), timestamps_of(document))


def encode_bundle(envelope: Envelope, key: PublicKey, timestamp: bytes | None = None) -> bytes:
    """Write an envelope as a bundle; the hint names the key as cosign does, by its SubjectPublicKeyInfo.

    ``timestamp`` is a whole response of a timestamp authority about the signature.
    """
    hint = base64.b64encode(bytes.fromhex(key.id.removeprefix("sha256:"))).decode("ascii")
    return _encode(envelope, {"publicKey": {"hint": hint}}, timestamp)


def encode_certified_bundle(envelope: Envelope, certificate: bytes, timestamp: bytes) -> bytes:
    """Write an envelope that was signed under a certificate (DER), and when that was."""
    raw = base64.b64encode(certificate).decode("ascii")
    return _encode(envelope, {"certificate": {"rawBytes": raw}}, timestamp)


def _encode(envelope: Envelope, material: dict[str, Any], timestamp: bytes | None) -> bytes:
    if timestamp is not None:
        stamp = {"signedTimestamp": base64.b64encode(timestamp).decode("ascii")}
        material["timestampVerificationData"] = {"rfc3161Timestamps": [stamp]}
    return strict_json.encode_canonical(
        {
            "mediaType": BUNDLE_TYPE,
            "verificationMaterial": material,
            "dsseEnvelope": envelope_to_json(envelope),
        }
    )


def build_referrer_manifest(
    bundle: bytes, subject: Descriptor, predicate_type: str, created: datetime
) -> bytes:
    """Write the manifest by which a bundle refers to an image; its config is EMPTY_CONFIG."""
    config = Descriptor(media_types.OCI_EMPTY, Digest.of(EMPTY_CONFIG), len(EMPTY_CONFIG))
    return strict_json.encode_canonical(
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "artifactType": BUNDLE_TYPE,
            "config": config.to_json(),
            "layers": [Descriptor(BUNDLE_TYPE, Digest.of(bundle), len(bundle)).to_json()],
            "subject": Descriptor(subject.media_type, subject.digest, subject.size).to_json(),
            "annotations": {
                "dev.sigstore.bundle.content": "dsse-envelope",
                PREDICATE_TYPE_ANNOTATION: predicate_type,
                "org.opencontainers.image.created": rfc3339(created),
            },
        }
    )
