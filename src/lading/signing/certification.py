"""What a short-lived signing certificate says: whom it was issued to, and by which issuer of identities."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from cryptography import x509

_ISSUER_V2 = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")  # fulcio, docs/oid-info.md
_ISSUER_V1 = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")


@dataclass(frozen=True, slots=True)
class CertifiedSigner:
    """Who a certificate says signed, and when that was."""

    issuer: str
    subjects: tuple[str, ...]
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class NotCertified:
    """A signature does not hold, or not under this root, for this reason."""

    reason: str


Certification: TypeAlias = CertifiedSigner | NotCertified


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
        try:
            extension = leaf.extensions.get_extension_for_oid(oid)
        except x509.ExtensionNotFound:
            continue
        assert isinstance(extension.value, x509.UnrecognizedExtension)
        raw = extension.value.value
        # The second version is a DER UTF8String, the first the bare text.
        return utf8_string(raw) if oid == _ISSUER_V2 else raw.decode("utf-8")
    return ""


def utf8_string(raw: bytes) -> str:
    """Read a DER UTF8String of up to 255 bytes; raise ValueError."""
    head = 2 if len(raw) > 1 and raw[1] < 0x80 else 3
    if (
        len(raw) < head
        or raw[0] != 0x0C
        or len(raw) - head != raw[head - 1]
        or (head == 3 and raw[1] != 0x81)
    ):
        raise ValueError("the certificate's issuer is not text")
    return raw[head:].decode("utf-8")
