"""Is this file signed by whom we trust? For release files and whatever else is no image.

The signature is a Sigstore bundle of any version, about the file itself (a message signature) or about its
digest (a statement in an envelope). The steps are those of ``signing.verification``, as far as they apply.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from lading.foundation import strict_json
from lading.foundation.errors import LadingError
from lading.oci.digest import Digest
from lading.signing.dsse import MAX_ENVELOPE_BYTES, envelope_from_json
from lading.signing.keyless import BUNDLE_TYPES, certify_envelope, certify_message, has_certificate
from lading.signing.proofs import Proofs, Trying, by_keys, identified, in_time, not_ours
from lading.signing.statement import PAYLOAD_TYPE, parse_statement
from lading.signing.timestamps import timestamps_of
from lading.signing.trust_policy import identities_of, roots_of
from lading.signing.verdicts import Rejected, Signer, Step, Verdict, Verified


def verify_file(content: bytes, bundle: bytes, trying: Trying) -> Verdict:
    """Judge the bundle that is claimed to sign a file."""
    # Step 4.
    try:
        document = strict_json.decode_object(bundle, what="Sigstore bundle", max_bytes=MAX_ENVELOPE_BYTES)
    except LadingError as error:
        return Rejected(Step.ENCODING, error.message)
    if document.get("mediaType") not in BUNDLE_TYPES:
        return Rejected(Step.ENCODING, "mediaType must be that of a Sigstore bundle")
    whole = "dsseEnvelope" not in document
    judged = (
        _message(content, bundle, document, trying) if whole else _envelope(content, bundle, document, trying)
    )
    if isinstance(judged, Rejected):
        return judged
    signers = {proof.signer.id: Signer(proof.signer.name, proof.who, proof.signed_at) for proof in judged}
    return Verified(tuple(signers.values()), trying.now, trying.rule_name)


def _message(content: bytes, bundle: bytes, document: Mapping[str, Any], trying: Trying) -> Proofs | Rejected:
    signed = document.get("messageSignature")
    try:
        text = signed.get("signature") if isinstance(signed, Mapping) else None
        signature = base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except (binascii.Error, ValueError):
        return Rejected(Step.ENCODING, "the signature is not base64")
    digest = hashlib.sha256(content).digest()
    announced = signed.get("messageDigest") if isinstance(signed, Mapping) else None
    named = announced.get("digest") if isinstance(announced, Mapping) else None
    if named is not None and named != base64.b64encode(digest).decode():
        return Rejected(Step.DIGEST, "the bundle is about another file")
    # Steps 5 to 8.
    if has_certificate(document):
        roots = roots_of(identities_of(trying.signers))
        if not roots:
            return not_ours(trying)
        return identified([(root, certify_message(bundle, root, content)) for root in roots], trying)
    proofs = by_keys(signature, content, timestamps_of(document), trying)
    return in_time(proofs, trying) if proofs else not_ours(trying)


def _envelope(
    content: bytes, bundle: bytes, document: Mapping[str, Any], trying: Trying
) -> Proofs | Rejected:
    # Step 4.
    given = document.get("dsseEnvelope")
    if not isinstance(given, Mapping) or "messageSignature" in document:
        return Rejected(Step.ENCODING, "a bundle must hold one signature and nothing else")
    try:
        envelope = envelope_from_json(given)
    except LadingError as error:
        return Rejected(Step.ENCODING, error.message)
    if envelope.payload_type != PAYLOAD_TYPE:
        return Rejected(Step.ENCODING, f"the envelope holds {envelope.payload_type[:160]!r}, no statement")
    # Steps 5 to 8.
    if has_certificate(document):
        roots = roots_of(identities_of(trying.signers))
        if not roots:
            return not_ours(trying)
        proofs = identified([(root, certify_envelope(bundle, root)) for root in roots], trying)
    else:
        found = tuple(
            proof
            for entry in envelope.signatures
            for proof in by_keys(entry.signature, envelope.signed_bytes, timestamps_of(document), trying)
        )
        proofs = in_time(found, trying) if found else not_ours(trying)
    if isinstance(proofs, Rejected):
        return proofs
    # Step 9.
    try:
        statement = parse_statement(envelope.payload)
    except LadingError as error:
        return Rejected(Step.PAYLOAD, error.message)
    # Step 10.
    if not any(statement.is_about(Digest.of(content, name)) for name in ("sha256", "sha512")):
        return Rejected(Step.DIGEST, "the attestation is about another file")
    return proofs
