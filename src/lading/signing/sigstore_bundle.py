"""Sigstore bundles of version 0.3, as far as they carry signatures by keys (protobuf-specs, "Bundle").

cosign writes them since its version 3: one bundle to a manifest that refers to the image, with an in-toto
statement in a DSSE envelope. A signature is a statement of the type COSIGN_SIGN whose predicate is empty.
What a bundle says about keys, certificates and logs is not read here: whose signature it is, the trusted keys
tell.
"""

import base64
from datetime import datetime

from lading.foundation import strict_json
from lading.foundation.errors import Malformed
from lading.foundation.instants import rfc3339
from lading.oci import media_types
from lading.oci.descriptor import Descriptor
from lading.oci.digest import Digest
from lading.signing.dsse import MAX_ENVELOPE_BYTES, Envelope, envelope_from_json, envelope_to_json
from lading.signing.keys import PublicKey

BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
PREDICATE_TYPE_ANNOTATION = "dev.sigstore.bundle.predicateType"
EMPTY_CONFIG = b"{}"  # image-spec v1.1, "Guidance for an Empty Descriptor"
COSIGN_SIGN = "https://sigstore.dev/cosign/sign/v1"


def parse_bundle(raw: bytes) -> Envelope:
    """Read the envelope of a bundle; raise Malformed or OverLimit."""
    document = strict_json.decode_object(raw, what="Sigstore bundle", max_bytes=MAX_ENVELOPE_BYTES)
    if document.get("mediaType") != BUNDLE_TYPE:
        raise Malformed("bundle-invalid", f"mediaType must be {BUNDLE_TYPE}")
    envelope = document.get("dsseEnvelope")
    if not isinstance(envelope, dict) or "messageSignature" in document:
        raise Malformed(
            "bundle-invalid", "a bundle about an image must hold one DSSE envelope and nothing else"
        )
    return envelope_from_json(envelope)


def encode_bundle(envelope: Envelope, key: PublicKey) -> bytes:
    """Write an envelope as a bundle; the hint names the key as cosign does, by its SubjectPublicKeyInfo."""
    hint = base64.b64encode(bytes.fromhex(key.id.removeprefix("sha256:"))).decode("ascii")
    return strict_json.encode_canonical(
        {
            "mediaType": BUNDLE_TYPE,
            "verificationMaterial": {"publicKey": {"hint": hint}},
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
