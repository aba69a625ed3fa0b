"""X.509 certificates that sign: chains to an authority, and the subjects they name.

The path itself is validated by ``cryptography`` (RFC 5280, section 6): signatures, dates, constraints, name
constraints. Beside it stands what the Notary Project asks of a code signing certificate (signature
specification, "Certificate Requirements").
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from lading.foundation.errors import Malformed
from lading.signing.keys import MIN_RSA_BITS, public_key

MAX_CERTIFICATES_PEM = 256 << 10
MAX_CHAIN = 10  # certificates that a signature may bring along
MAX_CERTIFICATE_BYTES = 64 << 10
_PART = re.compile(r"(?:[^,\\]|\\.)+")  # of a subject, up to a comma that is not escaped


@dataclass(frozen=True, slots=True)
class DistinguishedName:
    """Parts that a subject must have. None at all is written ``*`` and means any subject."""

    text: str
    parts: frozenset[tuple[str, str]]

    @classmethod
    def parse(cls, text: str) -> "DistinguishedName":
        """Read ``C=DE, O=Acme, CN=build`` (RFC 4514) or ``*``; raise Malformed."""
        if text == "*":
            return cls("", frozenset())
        try:
            name = x509.Name.from_rfc4514_string(_without_spaces(text))
        except ValueError as error:
            raise Malformed(
                "subject-invalid", f"{text[:160]!r} is not a subject", hint="write C=DE, O=Acme, CN=build"
            ) from error
        parts = _parts(name)
        if not parts:
            raise Malformed("subject-invalid", "a subject needs parts", hint="write * for any subject")
        return cls(text, parts)

    def is_in(self, certificate: x509.Certificate) -> bool:
        """Whether the certificate's subject has all the parts."""
        return self.parts <= _parts(certificate.subject)


@dataclass(frozen=True, slots=True)
class CertificateAuthority:
    """Certificates that chains must lead to, under the name that people know them by."""

    name: str
    digest: str  # of the certificates, for comparing
    certificates: tuple[x509.Certificate, ...] = field(repr=False, compare=False)
    min_rsa_bits: int = MIN_RSA_BITS

    def refusal(self, chain: Sequence[x509.Certificate], at: datetime) -> str:
        """Say why a chain, the signing certificate first, does not lead here at that moment, or nothing."""
        leaf = chain[0]
        refused = _leaf_refusal(leaf, self.min_rsa_bits)
        if refused:
            return refused
        if len(chain) == 1 and leaf in self.certificates:
            # A certificate that is itself trusted needs no path, but its dates and its signature are its own.
            return _dates_refusal(leaf, at) or _self_signature_refusal(leaf)
        try:
            self._verify(leaf, chain[1:], at)
        except (VerificationError, ValueError) as error:
            return f"its chain does not lead to the authority {self.name!r}: {error}"
        return ""

    def _verify(self, leaf: x509.Certificate, others: Sequence[x509.Certificate], at: datetime) -> None:
        authority = ExtensionPolicy.webpki_defaults_ca().may_be_present(
            x509.ExtendedKeyUsage, Criticality.AGNOSTIC, None
        )
        # A code signing certificate names no host; what it must have instead, _leaf_refusal asks.
        signing = ExtensionPolicy.permit_all()
        builder = PolicyBuilder().store(Store(list(self.certificates))).time(at).max_chain_depth(MAX_CHAIN)
        builder = builder.extension_policies(ca_policy=authority, ee_policy=signing)
        builder.build_client_verifier().verify(leaf, list(others))


def parse_certificate_authority(
    name: str, pem: str, *, min_rsa_bits: int = MIN_RSA_BITS
) -> CertificateAuthority:
    """Read the certificates of an authority; raise Malformed where there are none."""
    certificates = load_certificates(pem)
    digest = hashes.Hash(hashes.SHA256())
    for certificate in certificates:
        digest.update(certificate.fingerprint(hashes.SHA256()))
    return CertificateAuthority(name, digest.finalize().hex(), certificates, min_rsa_bits)


def load_certificates(pem: str) -> tuple[x509.Certificate, ...]:
    """Read certificates in PEM; raise Malformed where there is none, or something else."""
    if len(pem) > MAX_CERTIFICATES_PEM:
        raise Malformed("certificates-invalid", f"certificates have at most {MAX_CERTIFICATES_PEM} bytes")
    if "PRIVATE KEY" in pem:
        raise Malformed(
            "certificate-is-private",
            "there is a private key among the certificates",
            hint="if it was sent or stored by mistake, others may know it: replace it",
        )
    try:
        return tuple(x509.load_pem_x509_certificates(pem.encode()))
    except ValueError as error:
        raise Malformed(
            "certificates-invalid",
            "these are not certificates in PEM",
            hint="each starts with -----BEGIN CERTIFICATE-----",
        ) from error


def load_chain(ders: Sequence[bytes]) -> tuple[x509.Certificate, ...]:
    """Read the chain that a signature brings along; raise Malformed for anything but a few certificates."""
    if not 0 < len(ders) <= MAX_CHAIN:
        raise Malformed("chain-invalid", f"a signature brings 1 to {MAX_CHAIN} certificates, not {len(ders)}")
    try:
        chain = tuple(
            x509.load_der_x509_certificate(der) for der in ders if len(der) <= MAX_CERTIFICATE_BYTES
        )
        for certificate in chain:
            _ = certificate.extensions  # read now, while what is wrong with it can be named
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise Malformed("chain-invalid", f"a certificate of the chain cannot be read: {error}") from error
    if len(chain) != len(ders):
        raise Malformed("chain-invalid", "a certificate of the chain is too large")
    return chain


def subject_of(certificate: x509.Certificate) -> str:
    """The certificate's subject, for people."""
    return certificate.subject.rfc4514_string()


def fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 thumbprint, in lower-case hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _without_spaces(text: str) -> str:
    """Leave out spaces before parts, which people and notation write and RFC 4514 has not; S means ST."""
    parts = (part.lstrip() for part in _PART.findall(text))
    return ",".join(f"ST={part[2:]}" if part.startswith("S=") else part for part in parts)


def _parts(name: x509.Name) -> frozenset[tuple[str, str]]:
    return frozenset((part.oid.dotted_string, str(part.value)) for part in name)


def _leaf_refusal(leaf: x509.Certificate, min_rsa_bits: int) -> str:
    """What the Notary Project asks of a certificate that signs code."""
    key = leaf.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        try:
            public_key(key, min_rsa_bits=min_rsa_bits)
        except Malformed as error:
            return error.message
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return "the signing certificate does not say what its key is for"
    if not usage.digital_signature or usage.key_cert_sign:
        return "the signing certificate's key is not for signatures"
    try:
        purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ""  # allowed: then every purpose is
    if ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
        return "the signing certificate is not for code signing"
    return ""


def _dates_refusal(certificate: x509.Certificate, at: datetime) -> str:
    at = at.astimezone(UTC)
    if at < certificate.not_valid_before_utc:
        return "the signing certificate is not yet valid"
    if at > certificate.not_valid_after_utc:
        return "the signing certificate has expired"
    return ""


def _self_signature_refusal(certificate: x509.Certificate) -> str:
    try:
        certificate.verify_directly_issued_by(certificate)
    except Exception as error:  # noqa: BLE001 - ValueError, TypeError, InvalidSignature: all mean no
        return f"the signing certificate is not signed by itself: {error}"
    return ""
