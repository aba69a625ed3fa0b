"""Sigstore bundles of version 0.3, as far as they carry signatures by keys (protobuf-specs, "Bundle").

cosign writes them since its version 3: one bundle to a manifest that refers to the image, with an in-toto
statement in a DSSE envelope. A signature is a statement of the type COSIGN_SIGN whose predicate is empty.
What a bundle says about keys, certificates and logs is not read here: whose signature it is, the trusted keys
tell.
"""

from lading.foundation import strict_json
from lading.foundation.errors import Malformed
from lading.signing.dsse import MAX_ENVELOPE_BYTES, Envelope, envelope_from_json

BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
PREDICATE_TYPE_ANNOTATION = "dev.sigstore.bundle.predicateType"
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
