"""Sigstore bundles signed under a short-lived certificate: who signed, from an imported trust root alone.

The protocol is the library's (``sigstore``): certificate path, certificate transparency, log entry and its
inclusion, timestamps, and that the entry is of this signature. It is handed bytes and asks nobody; its clock
is not used, because the moment of signing comes from a log or a timestamp authority of the root.

A root that names no log at all is judged by ``keyless_unlogged``; the library has nothing for it.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography import x509

from lading.foundation import strict_json
from lading.foundation.errors import LadingError, Malformed
from lading.oci.digest import Digest
from lading.signing.certification import Certification, NotCertified, signer_of
from lading.signing.dsse import envelope_from_json
from lading.signing.keyless_unlogged import (
    CertifiedBytes,
    UnloggedRoot,
    certify_unlogged,
    chain_of_bundle,
    parse_unlogged_root,
)
from lading.signing.timestamps import timestamps_of

MAX_ROOT_BYTES = 256 << 10
MAX_BUNDLE_BYTES = 64 << 20
BUNDLE_TYPES = frozenset(
    {f"application/vnd.dev.sigstore.bundle+json;version=0.{minor}" for minor in (1, 2, 3)}
    | {"application/vnd.dev.sigstore.bundle.v0.3+json"}
)


@dataclass(frozen=True, slots=True)
class SigstoreRoot:
    """A ``trusted_root.json`` under a name: certificate authorities, logs and timestamp authorities."""

    name: str
    digest: Digest
    content: bytes = field(repr=False, compare=False)
    unlogged: UnloggedRoot | None = field(default=None, repr=False, compare=False)


def parse_root(name: str, text: str) -> SigstoreRoot:
    """Read a trust root; raise Malformed or OverLimit where it is none."""
    content = text.encode()
    document = strict_json.decode_object(content, what="Sigstore trust root", max_bytes=MAX_ROOT_BYTES)
    unlogged = parse_unlogged_root(document)
    root = SigstoreRoot(name, Digest.of(content), content, unlogged)
    if unlogged is not None:
        return root
    try:
        verifier_of(root)
    except Exception as error:
        raise Malformed(
            "trust-root-invalid", f"this is not a Sigstore trust root: {str(error)[:300]}"
        ) from error
    return root


def has_certificate(bundle: Mapping[str, Any]) -> bool:
    """Whether a decoded bundle was signed under a certificate, not by a key alone."""
    material = bundle.get("verificationMaterial")
    return isinstance(material, dict) and ("certificate" in material or "x509CertificateChain" in material)


def certify_envelope(bundle: bytes, root: SigstoreRoot) -> Certification:
    """Say who signed the DSSE envelope in a bundle."""
    return _certify(bundle, root, None)


def certify_message(bundle: bytes, root: SigstoreRoot, message: bytes) -> Certification:
    """Say who signed a message with the signature in a bundle."""
    return _certify(bundle, root, message)


def _certify(content: bytes, root: SigstoreRoot, message: bytes | None) -> Certification:
    try:
        # Two readers that understood one bundle differently would be two verifiers: ours reads it first.
        document = strict_json.decode_object(content, what="Sigstore bundle", max_bytes=MAX_BUNDLE_BYTES)
        if root.unlogged is not None:
            return certify_unlogged(_certified_bytes(document, message), root.unlogged)
    except LadingError as error:
        return NotCertified(error.message)
    return _certify_logged(content, root, message)


def _certified_bytes(document: Mapping[str, Any], message: bytes | None) -> CertifiedBytes:
    """What a bundle says was signed, and how. Raises Malformed."""
    chain = chain_of_bundle(document["verificationMaterial"])
    stamps = timestamps_of(document)
    if message is not None:
        signature = base64.b64decode(document["messageSignature"]["signature"])
        return CertifiedBytes(message, signature, chain, stamps)
    envelope = envelope_from_json(document["dsseEnvelope"])
    if len(envelope.signatures) != 1:
        raise Malformed("bundle-invalid", "an envelope under a certificate has exactly one signature")
    return CertifiedBytes(envelope.signed_bytes, envelope.signatures[0].signature, chain, stamps)


def _certify_logged(content: bytes, root: SigstoreRoot, message: bytes | None) -> Certification:
    # The library is large and wanted by few: it is read when the first certificate is met.
    from sigstore.errors import Error as SigstoreError  # noqa: PLC0415
    from sigstore.hashes import Hashed  # noqa: PLC0415
    from sigstore.models import Bundle  # noqa: PLC0415
    from sigstore_models.common.v1 import HashAlgorithm  # noqa: PLC0415

    try:
        bundle = Bundle.from_json(content)
        taken = _TakenCertificate()
        if message is None:
            verifier_of(root).verify_dsse(bundle, taken)
        else:
            digest = hashlib.sha256(message).digest()
            hashed = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=digest)
            verifier_of(root).verify_artifact(hashed, bundle, taken)
        return signer_of(bundle.signing_certificate)
    except (SigstoreError, ValueError, TypeError, KeyError, x509.ExtensionNotFound) as error:
        return NotCertified(str(error)[:300] or type(error).__name__)


def verifier_of(root: SigstoreRoot) -> Any:
    """The library's verifier under a root."""
    return _verifier(root.content)


@lru_cache(maxsize=16)
def _verifier(root: bytes) -> Any:
    """Reading a root takes as long as verifying by it, and a policy names one or two."""
    from sigstore.models import TrustedRoot  # noqa: PLC0415
    from sigstore.verify.verifier import Verifier  # noqa: PLC0415
    from sigstore_models.trustroot.v1 import TrustedRoot as Model  # noqa: PLC0415

    return Verifier(trusted_root=TrustedRoot(Model.from_json(root)))


class _TakenCertificate:
    """The library's hook for policies. Whose signatures count, the trust policy says afterwards."""

    def verify(self, cert: x509.Certificate) -> None:
        """Object to nothing."""
