"""Signatures under a certificate as cosign 1 and 2 keep them: with the log's promise beside them.

The library verifies logs by proof of inclusion alone; of these signatures there is only the promise that the
log signed when it took the entry in (Rekor, "Signed Entry Timestamp"). What is verified, in order:

    1  the promise, by a key of a log of the root
    2  the certificate's path to an authority of the root, at the moment that the log signed
    3  that the certificate itself was logged, and is for signing code
    4  the signature over the payload, by the certificate's key
    5  that the entry is of this signature, this certificate and this payload
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from lading.foundation import strict_json
from lading.foundation.errors import LadingError, Malformed
from lading.oci.digest import Digest
from lading.signing.certification import Certification, NotCertified, signer_of
from lading.signing.keyless import SigstoreRoot, verifier_of
from lading.signing.keys import public_key
from lading.signing.sigstore_internals import verify_log_promise, verify_path_and_log

MAX_ENTRY_BYTES = 256 << 10
_KIND = ("hashedrekord", "0.0.1")


@dataclass(frozen=True, slots=True)
class PromisedSignature:
    """What stands beside a payload, read and not believed."""

    signature: bytes
    certificate: x509.Certificate
    promise: bytes
    promised: Mapping[str, Any]  # body, integratedTime, logID, logIndex: what the promise is over
    entry: Mapping[str, Any]  # the body, decoded

    @property
    def at(self) -> datetime:
        """When the log took the entry in, as the promise says."""
        return datetime.fromtimestamp(self.promised["integratedTime"], UTC)


def parse_promised(signature: bytes, certificate: str, log_entry: str) -> PromisedSignature:
    """Read annotations; raise Malformed or OverLimit."""
    document = strict_json.decode_object(
        log_entry.encode(), what="log entry annotation", max_bytes=MAX_ENTRY_BYTES
    )
    promised, promise = document.get("Payload"), document.get("SignedEntryTimestamp")
    kinds = {"body": str, "integratedTime": int, "logID": str, "logIndex": int}
    if not isinstance(promised, dict) or set(promised) != set(kinds):
        raise Malformed("log-entry-invalid", f"the log entry's Payload must have {', '.join(kinds)}")
    if not all(type(promised[name]) is kind for name, kind in kinds.items()) or not isinstance(promise, str):
        raise Malformed("log-entry-invalid", "a member of the log entry is of another type")
    if not 0 < promised["integratedTime"] < 1 << 40:
        raise Malformed("log-entry-invalid", "the log entry's time is no moment")
    try:
        leaf = x509.load_pem_x509_certificate(certificate.encode())
        body = base64.b64decode(promised["body"], validate=True)
        signed = base64.b64decode(promise, validate=True)
        bytes.fromhex(promised["logID"])
    except (ValueError, binascii.Error) as error:
        raise Malformed("log-entry-invalid", "the certificate or the log entry is damaged") from error
    entry = strict_json.decode_object(body, what="log entry", max_bytes=MAX_ENTRY_BYTES)
    return PromisedSignature(signature, leaf, signed, promised, entry)


def certify_promised(claim: PromisedSignature, payload: bytes, root: SigstoreRoot) -> Certification:
    """Say who signed a payload, by the numbered steps above."""
    if root.unlogged is not None:
        return NotCertified("the root names no log, so nobody promised anything")
    # Steps 1 to 3.
    refused = _refused_by_root(claim, root)
    if refused:
        return NotCertified(refused)
    # Step 4.
    key = claim.certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return NotCertified("the certificate's key is of a kind that is not used here")
    try:
        if not public_key(key).verify(claim.signature, payload):
            return NotCertified("the certificate's key did not make the signature")
    except LadingError as error:
        return NotCertified(error.message)
    # Step 5.
    if not _is_entry_of(claim, payload):
        return NotCertified("the log entry is of another signature, certificate or payload")
    return signer_of(claim.certificate)


def _refused_by_root(claim: PromisedSignature, root: SigstoreRoot) -> str:
    from sigstore.errors import Error as SigstoreError  # noqa: PLC0415 - a large library, wanted by few

    verifier, log_id = verifier_of(root), bytes.fromhex(claim.promised["logID"])
    try:
        # Step 1.
        verify_log_promise(verifier, log_id, claim.promise, strict_json.encode_canonical(claim.promised))
        # Steps 2 and 3.
        verify_path_and_log(verifier, claim.certificate, claim.at)
    except (SigstoreError, ValueError, x509.ExtensionNotFound) as error:
        return str(error)[:300] or type(error).__name__
    return _refused_usage(claim.certificate)


def _refused_usage(leaf: x509.Certificate) -> str:
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return "the certificate does not say what its key is for"
    if not usage.digital_signature or ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
        return "the certificate is not for signing code"
    return ""


def _is_entry_of(claim: PromisedSignature, payload: bytes) -> bool:
    entry = claim.entry
    if (entry.get("kind"), entry.get("apiVersion")) != _KIND:
        return False
    try:
        signed = entry["spec"]["signature"]
        digest = entry["spec"]["data"]["hash"]
        logged = x509.load_pem_x509_certificate(base64.b64decode(signed["publicKey"]["content"]))
        signature = base64.b64decode(signed["content"], validate=True)
        named = (digest["algorithm"], digest["value"])
    except (KeyError, TypeError, ValueError, binascii.Error):
        return False
    return (
        signature == claim.signature
        and logged == claim.certificate
        and named == ("sha256", Digest.of(payload).hex)
    )
