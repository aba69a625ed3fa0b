"""Sigstore bundles signed under a short-lived certificate: who signed, from an imported trust root alone.

The protocol is the library's (``sigstore``): certificate path, certificate transparency, log entry and its
inclusion, timestamps, and that the entry is of this signature. It is handed bytes and asks nobody; its clock
is not used, because the moment of signing comes from a log or a timestamp authority of the root.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

from cryptography import x509

from lading.foundation import strict_json
from lading.foundation.errors import LadingError, Malformed
from lading.oci.digest import Digest

MAX_ROOT_BYTES = 256 << 10
MAX_BUNDLE_BYTES = 64 << 20
BUNDLE_TYPES = frozenset(
    {f"application/vnd.dev.sigstore.bundle+json;version=0.{minor}" for minor in (1, 2, 3)}
    | {"application/vnd.dev.sigstore.bundle.v0.3+json"}
)
_ISSUER_V2 = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")  # fulcio, docs/oid-info.md
_ISSUER_V1 = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")


@dataclass(frozen=True, slots=True)
class SigstoreRoot:
    """A ``trusted_root.json`` under a name: certificate authorities, logs and timestamp authorities."""

    name: str
    digest: Digest
    content: bytes = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class CertifiedSigner:
    """Who a certificate says signed, and when that was."""

    issuer: str
    subjects: tuple[str, ...]
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class NotCertified:
    """A bundle does not hold, or not under this root, for this reason."""

    reason: str


Certification: TypeAlias = CertifiedSigner | NotCertified


def parse_root(name: str, text: str) -> SigstoreRoot:
    """Read a trust root; raise Malformed or OverLimit where it is none."""
    content = text.encode()
    strict_json.decode_object(content, what="Sigstore trust root", max_bytes=MAX_ROOT_BYTES)
    root = SigstoreRoot(name, Digest.of(content), content)
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


def certify_message(bundle: bytes, root: SigstoreRoot, message_digest: bytes) -> Certification:
    """Say who signed a message, whose SHA-256 this is, with the signature in a bundle."""
    return _certify(bundle, root, message_digest)


def _certify(content: bytes, root: SigstoreRoot, message_digest: bytes | None) -> Certification:
    # The library is large and wanted by few: it is read when the first certificate is met.
    from sigstore.errors import Error as SigstoreError  # noqa: PLC0415
    from sigstore.hashes import Hashed  # noqa: PLC0415
    from sigstore.models import Bundle  # noqa: PLC0415
    from sigstore_models.common.v1 import HashAlgorithm  # noqa: PLC0415

    try:
        # Two readers that understood one bundle differently would be two verifiers: ours reads it first.
        strict_json.decode_object(content, what="Sigstore bundle", max_bytes=MAX_BUNDLE_BYTES)
        bundle = Bundle.from_json(content)
        taken = _TakenCertificate()
        if message_digest is None:
            verifier_of(root).verify_dsse(bundle, taken)
        else:
            hashed = Hashed(algorithm=HashAlgorithm.SHA2_256, digest=message_digest)
            verifier_of(root).verify_artifact(hashed, bundle, taken)
        return signer_of(bundle.signing_certificate)
    except LadingError as error:
        return NotCertified(error.message)
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


def signer_of(leaf: x509.Certificate) -> Certification:
    """Whom a certificate was issued to; its own signatures are for the caller to verify."""
    issuer = _issuer(leaf)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    subjects = [
        *names.get_values_for_type(x509.UniformResourceIdentifier),
        *names.get_values_for_type(x509.RFC822Name),
    ]
    if not issuer or not subjects:
        return NotCertified("the certificate does not say whom it was issued to, and by whom")
    # It was issued for this one signature and lives for minutes: that is when the signature was made.
    return CertifiedSigner(issuer, tuple(subjects), leaf.not_valid_before_utc.astimezone(UTC))


def _issuer(leaf: x509.Certificate) -> str:
    for oid in (_ISSUER_V2, _ISSUER_V1):
        for extension in leaf.extensions:
            if extension.oid == oid and isinstance(extension.value, x509.UnrecognizedExtension):
                raw = extension.value.value
                # The second version is a DER UTF8String, the first the bare text.
                return _utf8_string(raw) if oid == _ISSUER_V2 else raw.decode("utf-8")
    return ""


def _utf8_string(raw: bytes) -> str:
    head = 2 if len(raw) > 1 and raw[1] < 0x80 else 3
    if (
        len(raw) < head
        or raw[0] != 0x0C
        or len(raw) - head != raw[head - 1]
        or (head == 3 and raw[1] != 0x81)
    ):
        raise ValueError("the certificate's issuer is not text")
    return raw[head:].decode("utf-8")
